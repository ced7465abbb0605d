/*
 * poke.c - how a heap is to be changed, as a rubric says it.
 */
#include "grader/lab/poke.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Reads a whole number without a sign. Returns its end, or NULL. */
static const char *read_number(const char *at, uint64_t *number)
{
    char *end;

    if (*at < '0' || *at > '9')
        return NULL;
    errno = 0;
    *number = strtoull(at, &end, 10);
    return errno == 0 ? end : NULL;
}

/* Reads a place: "p7-16", "heap+8", "p3". Returns its end, or NULL. */
static const char *read_place(const char *at, struct place *place)
{
    uint64_t number = PLACE_HEAP;
    char sign;

    if (strncmp(at, "heap", 4) == 0)
        at += 4;
    else if (*at != 'p' || (at = read_number(at + 1, &number)) == NULL ||
             number >= PLACE_HEAP)
        return NULL;
    *place = (struct place){.id = (uint32_t)number};
    sign = *at;
    if (sign != '+' && sign != '-')
        return at;
    at = read_number(at + 1, &number);
    place->offset = sign == '-' ? -(int64_t)number : (int64_t)number;
    return at != NULL && number < INT32_MAX ? at : NULL;
}

/* Reads what a word becomes: "= 8", "+= 8", "= &p1-16". */
static const char *read_value(const char *at, struct poke *poke)
{
    char sign = *at;

    if (sign == '+' || sign == '-')
        at++;
    if (*at != '=')
        return NULL;
    at = skip_blanks(at + 1);
    poke->kind = POKE_SET;
    if (sign == '=' && *at == '&') {
        poke->kind = POKE_POINT;
        return read_place(at + 1, &poke->point);
    }
    if (sign != '=')
        poke->kind = POKE_ADD;
    at = read_number(at, &poke->number);
    if (sign == '-')
        poke->number = -poke->number;
    return at;
}

/* Copies length bytes into room bytes. Returns whether they fit. */
static bool copy(char *to, size_t room, const char *from, size_t length)
{
    if (length >= room)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* Reads pokes up to the ':'. Returns NULL, or what was expected. */
static const char *read_pokes(struct broken *broken, const char *at)
{
    for (;; at = skip_blanks(at + 1)) {
        struct poke *poke = &broken->pokes[broken->poke_count];
        if (broken->poke_count++ == POKES_MAX)
            return "fewer pokes";
        at = read_place(at, &poke->at);
        at = at != NULL ? read_value(skip_blanks(at), poke) : NULL;
        if (at == NULL)
            return "a place and what becomes of it";
        at = skip_blanks(at);
        if (*at == ':')
            return NULL;
        if (*at != ';')
            return "';' and another poke, or ':'";
    }
}

/* Reads what stands behind the labels. Returns NULL, or what was expected. */
static const char *read_change(struct broken *broken, const char *at)
{
    size_t length = strcspn(at, ":");
    const char *words = at + length;

    while (length > 0 && at[length - 1] == ' ')
        length--;
    if (*words != ':' || words[1 + strspn(words + 1, " \t")] == '\0')
        return "words behind a ':'";
    words = skip_blanks(words + 1);
    if (!copy(broken->text, sizeof(broken->text), at, length) ||
        !copy(broken->words, sizeof(broken->words), words, strlen(words)))
        return "fewer characters";
    return read_pokes(broken, at);
}

const char *broken_read(struct broken *broken, const char *text)
{
    size_t labels = strcspn(text, " \t:");

    memset(broken, 0, sizeof(*broken));
    if (labels == 0)
        return "a label first";
    if (!copy(broken->labels, sizeof(broken->labels), text, labels))
        return "fewer characters";
    return read_change(broken, skip_blanks(text + labels));
}

const char *sound_read(struct broken *broken, const char *text)
{
    memset(broken, 0, sizeof(*broken));
    return read_change(broken, skip_blanks(text));
}

bool broken_is_sound(const struct broken *broken)
{
    return broken->labels[0] == '\0';
}

bool broken_is(const struct broken *broken, const char *rule)
{
    size_t length = strlen(rule);

    for (const char *at = broken->labels; length > 0;) {
        size_t label = strcspn(at, "|");
        if (label == length && strncmp(at, rule, length) == 0)
            return true;
        if (at[label] == '\0')
            return false;
        at += label + 1;
    }
    return false;
}
