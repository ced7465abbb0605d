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

/*
 * What acts on a line, or is not seen in it: control characters (categories
 * Cc, Zl and Zp of Unicode), what has the property
 * Default_Ignorable_Code_Point, and the marks of interlinear notes.
 */
static const struct {
    uint32_t first, last;
} unfit[] = {
    {0x0000, 0x001f},   /* control characters */
    {0x007f, 0x009f},   /* control characters */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark: turns the line */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer vowels that are not seen */
    {0x180b, 0x180f},   /* Mongolian selectors and separator */
    {0x200b, 0x200f},   /* no width; marks that turn the line */
    {0x2028, 0x202e},   /* ends of lines and paragraphs; turns */
    {0x2060, 0x206f},   /* joiners, operators not seen; turns */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* Hangul filler of half width */
    {0xfff0, 0xfffb},   /* not assigned; marks of notes */
    {0x1bca0, 0x1bca3}, /* format of shorthand */
    {0x1d173, 0x1d17a}, /* format of music */
    {0xe0000, 0xe0fff}, /* tags and more variation selectors */
};

/* Does the character only show itself? */
static bool is_harmless(uint32_t code)
{
    for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
        if (code >= unfit[i].first && code <= unfit[i].last)
            return false;
    }
    return true;
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
