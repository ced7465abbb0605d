/*
 * test_object.c - objects that were damaged, by chance or on purpose.
 *
 * Nothing may crash, whatever is read; the sanitizers' builds see more.
 */
#include "grader/inspect/object.h"

#include "allocators/malloc.h"
#include "grader/tests/compiled.h"
#include "grader/tests/labs.h"

#include <elf.h>

/* The bytes of a sound object. */
static unsigned char sound[1 << 17];
static size_t sound_size;

static void setup(void)
{
    char file[PATH_ROOM];
    FILE *in;

    compiled_setup();
    path_kit(file, "allocators/kr.c");
    compile_file(file, NULL, "-g0");
    in = fopen(compiled_object, "re");
    ck_assert_ptr_nonnull(in);
    sound_size = fread(sound, 1, sizeof(sound), in);
    fclose(in);
    ck_assert_uint_gt(sound_size, 1000);
    ck_assert_uint_lt(sound_size, sizeof(sound));
}

/* Writes size bytes as the object. */
static void write_object(const unsigned char *bytes, size_t size)
{
    FILE *out = fopen(compiled_object, "we");

    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, size, out), size);
    ck_assert_int_eq(fclose(out), 0);
}

static enum object_result read_written(char *says)
{
    struct object object;
    enum object_result result =
        object_read(&object, compiled_object, says, 160);

    if (result == OBJECT_READ)
        object_free(&object);
    return result;
}

/* Expects an object of these bytes to be refused in these words. */
static void expect_unsound(const unsigned char *bytes, size_t size,
                           const char *words)
{
    char says[160] = "";

    write_object(bytes, size);
    ck_assert_int_eq(read_written(says), OBJECT_UNSOUND);
    ck_assert_msg(strstr(says, words) != NULL, "not '%s' but '%s'", words,
                  says);
}

START_TEST(a_sound_object_is_read_with_all_that_is_in_it)
{
    struct object object;
    bool found = false;
    char says[160];

    ck_assert_int_eq(object_read(&object, compiled_object, says, 160),
                     OBJECT_READ);

    for (size_t i = 0; i < object.symbol_count; i++) {
        struct symbol symbol = object_symbol(&object, i);
        if (strcmp(symbol.name, "kr_allocator") != 0)
            continue;
        found = true;
        ck_assert_uint_eq(symbol.type, STT_OBJECT);
        ck_assert_uint_eq(symbol.binding, STB_GLOBAL);
        ck_assert_uint_ge(symbol.size, sizeof(struct allocator));
        ck_assert_uint_lt(symbol.section, object.section_count);
    }
    ck_assert(found);
    object_free(&object);
}
END_TEST

START_TEST(what_is_no_object_is_refused)
{
    unsigned char bytes[sizeof(sound)];

    expect_unsound((const unsigned char *)"", 0, "not an ELF object");
    expect_unsound((const unsigned char *)"#!/bin/sh\n", 10,
                   "not an ELF object");
    memcpy(bytes, sound, sound_size);
    bytes[EI_CLASS] = ELFCLASS32;
    expect_unsound(bytes, sound_size, "not for x86-64 or arm64");
    memcpy(bytes, sound, sound_size);
    bytes[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC;
    expect_unsound(bytes, sound_size, "not an object that can be linked");
}
END_TEST

START_TEST(an_object_that_is_cut_off_is_refused)
{
    size_t step = under_valgrind() ? 97 : 3;
    char says[160];

    for (size_t size = 0; size < sound_size; size += step) {
        write_object(sound, size);
        ck_assert_int_eq(read_written(says), OBJECT_UNSOUND);
    }
}
END_TEST

START_TEST(tables_that_lie_elsewhere_are_refused)
{
    static const uint64_t places[] = {UINT64_MAX, UINT64_MAX - 63,
                                      (uint64_t)1 << 63, 1 << 30};
    unsigned char bytes[sizeof(sound)];
    Elf64_Ehdr header;
    Elf64_Shdr section;

    memcpy(&header, sound, sizeof(header));
    for (size_t i = 0; i < 4; i++) {
        memcpy(bytes, sound, sound_size);
        memcpy(bytes + offsetof(Elf64_Ehdr, e_shoff), &places[i], 8);
        expect_unsound(bytes, sound_size, "its table of sections");
        for (size_t k = 1; k < header.e_shnum; k++) {
            size_t at = header.e_shoff + k * sizeof(section);
            memcpy(bytes, sound, sound_size);
            memcpy(&section, bytes + at, sizeof(section));
            if (section.sh_type == SHT_NOBITS)
                continue;
            section.sh_offset = places[i];
            memcpy(bytes + at, &section, sizeof(section));
            expect_unsound(bytes, sound_size, "damaged");
            section.sh_offset = 64;
            section.sh_size = places[i];
            memcpy(bytes + at, &section, sizeof(section));
            expect_unsound(bytes, sound_size, "damaged");
        }
    }
}
END_TEST

START_TEST(a_file_that_is_too_large_is_refused)
{
    write_object(sound, sound_size);
    ck_assert_int_eq(truncate(compiled_object, OBJECT_MOST), 0);
    ck_assert_str_eq(inspect_compiled().refusal, "");

    ck_assert_int_eq(truncate(compiled_object, OBJECT_MOST + 1), 0);
    ck_assert_ptr_nonnull(
        strstr(inspect_compiled().refusal, "larger than 16 MiB"));
}
END_TEST

/* Picks a byte of the file, more often one of a table than one of code. */
static size_t pick_byte(uint64_t *random)
{
    Elf64_Ehdr header;
    Elf64_Shdr section;
    size_t number;

    memcpy(&header, sound, sizeof(header));
    number = (size_t)random_below(random, header.e_shnum);
    memcpy(&section, sound + header.e_shoff + number * sizeof(section),
           sizeof(section));
    switch (random_below(random, 4)) {
    case 0:
        return (size_t)random_below(random, sizeof(header));
    case 1:
        return header.e_shoff + number * sizeof(section) +
               (size_t)random_below(random, sizeof(section));
    case 2:
        if (section.sh_size > 0 && section.sh_type != SHT_NOBITS)
            return section.sh_offset +
                   (size_t)random_below(random, section.sh_size);
        return number;
    default:
        return (size_t)random_below(random, sound_size);
    }
}

START_TEST(an_object_with_flipped_bits_never_crashes_the_inspection)
{
    static const unsigned char extremes[] = {0, 1, 0x7f, 0x80, 0xff};
    int rounds = under_valgrind() ? 20 : INSTRUMENTED ? 1000 : 3000;
    unsigned char bytes[sizeof(sound)];
    uint64_t random = 7;
    int fine = 0;

    for (int i = 0; i < rounds; i++) {
        memcpy(bytes, sound, sound_size);
        for (uint64_t k = random_below(&random, 4) + 1; k > 0; k--) {
            size_t at = pick_byte(&random);
            if (random_below(&random, 2) == 0)
                bytes[at] ^= (unsigned char)(1U << random_below(&random, 8));
            else
                bytes[at] = extremes[random_below(&random, 5)];
        }
        write_object(bytes, sound_size);
        fine += inspect_compiled().refusal[0] == '\0';
    }
    ck_assert_int_gt(fine, 0);
    ck_assert_int_lt(fine, rounds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("object");
    TCase *tcase = tcase_create("object");

    tcase_add_checked_fixture(tcase, setup, compiled_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_sound_object_is_read_with_all_that_is_in_it);
    tcase_add_test(tcase, what_is_no_object_is_refused);
    tcase_add_test(tcase, an_object_that_is_cut_off_is_refused);
    tcase_add_test(tcase, tables_that_lie_elsewhere_are_refused);
    tcase_add_test(tcase, a_file_that_is_too_large_is_refused);
    tcase_add_test(tcase,
                   an_object_with_flipped_bits_never_crashes_the_inspection);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
