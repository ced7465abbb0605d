/*
 * printable.c - foreign text made fit to be shown.
 */
#include "grader/class/printable.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Reads the UTF-8 character at text (RFC 3629). Returns how many bytes it
 * has; 0 if none is there.
 */
static size_t decode(const unsigned char *text, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80   ? 1
                    : text[0] < 0xc2 ? 0
                    : text[0] < 0xe0 ? 2
                    : text[0] < 0xf0 ? 3
                    : text[0] < 0xf5 ? 4
                                     : 0;

    if (length < 2) {
        *code = text[0];
        return length;
    }
    *code = text[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3f);
    }
    return *code >= least[length] && *code <= 0x10ffff &&
                   (*code < 0xd800 || *code > 0xdfff)
               ? length
               : 0;
}

/* Does the character only show itself? */
static bool is_harmless(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool turns = code == 0x061c || code == 0x200e || code == 0x200f ||
                 (code >= 0x202a && code <= 0x202e) ||
                 (code >= 0x2066 && code <= 0x2069);
    bool breaks = code == 0x2028 || code == 0x2029;

    return !control && !turns && !breaks && code != 0xfeff;
}

size_t printable_next(const char *text, bool *fit)
{
    uint32_t code;
    size_t length = decode((const unsigned char *)text, &code);

    *fit = length > 0 && is_harmless(code);
    return length > 0 ? length : 1;
}

const char *printable(char *to, size_t room, const char *text)
{
    size_t used = 0;
    size_t cut = 0; /* where "..." still fits */

    while (*text != '\0') {
        bool fit;
        size_t length = printable_next(text, &fit);
        size_t written = fit ? length : 1;
        if (used + written >= room) {
            memcpy(to + cut, "...", 3);
            used = cut + 3;
            break;
        }
        if (fit)
            memcpy(to + used, text, length);
        else
            to[used] = '?';
        used += written;
        text += length;
        if (used + 4 <= room)
            cut = used;
    }
    to[used] = '\0';
    return to;
}

char *printable_copy(const char *text)
{
    size_t room = strlen(text) + 4;
    char *copy = malloc(room);

    if (copy != NULL)
        printable(copy, room, text);
    return copy;
}
