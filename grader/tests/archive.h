/*
 * archive.h - archives as no honest program would write them.
 */
#ifndef GRADER_TESTS_ARCHIVE_H
#define GRADER_TESTS_ARCHIVE_H

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Kinds of members of a tar archive, as ustar has them. */
enum member {
    MEMBER_FILE = '0',
    MEMBER_HARD_LINK = '1',
    MEMBER_LINK = '2',
    MEMBER_DEVICE = '3',
    MEMBER_FOLDER = '5',
    MEMBER_FIFO = '6',
};

/* Writes a number of digits octal ones, and a NUL. */
static inline void put_octal(char *to, int digits, unsigned long value)
{
    to[digits] = '\0';
    for (; digits > 0; value /= 8)
        to[--digits] = (char)('0' + value % 8);
}

/* Writes a name without a NUL; 100 bytes may be all there is room for. */
static inline void put_name(char *to, const char *name)
{
    ck_assert_uint_le(strlen(name), 100);
    while (*name != '\0')
        *to++ = *name++;
}

/* Adds the 512 bytes before a member. size is what they claim, bytes. */
static inline void tar_header(FILE *out, enum member kind, const char *name,
                              const char *link, unsigned mode,
                              unsigned long size)
{
    char block[512] = "";
    unsigned sum = 0;

    put_name(block, name);
    put_octal(block + 100, 7, mode);
    put_octal(block + 108, 7, 0);
    put_octal(block + 116, 7, 0);
    put_octal(block + 124, 11, size);
    put_octal(block + 136, 11, 0);
    memset(block + 148, ' ', 8);
    block[156] = (char)kind;
    put_name(block + 157, link);
    put_name(block + 257, "ustar"); /* a NUL behind it */
    put_name(block + 263, "00");
    put_octal(block + 329, 7, 1); /* of a device: null's numbers */
    put_octal(block + 337, 7, 3);
    for (size_t i = 0; i < sizeof(block); i++)
        sum += (unsigned char)block[i];
    put_octal(block + 148, 6, sum);
    fwrite(block, 1, sizeof(block), out);
}

/* Adds a file with contents. */
static inline void tar_file(FILE *out, const char *name, const char *text)
{
    static const char zeroes[512];
    size_t size = strlen(text);

    tar_header(out, MEMBER_FILE, name, "", 0644, size);
    fwrite(text, 1, size, out);
    fwrite(zeroes, 1, (512 - size % 512) % 512, out);
}

/* Ends a tar archive, and closes it. */
static inline void tar_end(FILE *out)
{
    static const char zeroes[10240];

    fwrite(zeroes, 1, sizeof(zeroes), out);
    ck_assert_int_eq(fclose(out), 0);
}

static inline uint32_t crc_of(const char *text)
{
    uint32_t crc = ~(uint32_t)0;

    for (; *text != '\0'; text++) {
        crc ^= (unsigned char)*text;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
    }
    return ~crc;
}

static inline void put_bytes(FILE *out, uint32_t value, int count)
{
    for (; count > 0; count--, value >>= 8)
        putc((int)(value & 0xff), out);
}

/* What the two records of a zip file's member have in common. */
static inline void zip_member(FILE *out, const char *name, const char *text)
{
    put_bytes(out, 0, 4); /* flags; stored */
    put_bytes(out, 0, 4); /* time */
    put_bytes(out, crc_of(text), 4);
    put_bytes(out, (uint32_t)strlen(text), 4);
    put_bytes(out, (uint32_t)strlen(text), 4);
    put_bytes(out, (uint32_t)strlen(name), 2);
    put_bytes(out, 0, 2);
}

/* Writes a zip file with one member. */
static inline void zip_file(FILE *out, const char *name, const char *text)
{
    uint32_t central;

    put_bytes(out, 0x04034b50, 4);
    put_bytes(out, 20, 2);
    zip_member(out, name, text);
    fputs(name, out);
    fputs(text, out);
    central = (uint32_t)ftell(out);
    put_bytes(out, 0x02014b50, 4);
    put_bytes(out, 20, 2);
    put_bytes(out, 20, 2);
    zip_member(out, name, text);
    put_bytes(out, 0, 6);
    put_bytes(out, 0, 4);
    put_bytes(out, 0, 4);
    fputs(name, out);
    put_bytes(out, 0x06054b50, 4);
    put_bytes(out, 0, 4);
    put_bytes(out, 1, 2);
    put_bytes(out, 1, 2);
    put_bytes(out, 46 + (uint32_t)strlen(name), 4);
    put_bytes(out, central, 4);
    put_bytes(out, 0, 2);
    ck_assert_int_eq(fclose(out), 0);
}

#endif
