/*
 * machine_code.c - looks for instructions that no allocator has.
 *
 * arm64 has instructions of one size, so their words are compared. x86-64
 * has not: the two bytes of a system call may be part of a number in another
 * instruction. Where they are, objdump lists all instructions of the object.
 */
#include "grader/inspect/machine_code.h"

#include "grader/spawn.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char valgrind_request[] =
    "has instructions that speak to valgrind, which counts for the grader";
static const char system_call[] =
    "makes a system call by an instruction of its own: the system is the "
    "source's to call";

static const char too_much_to_list[] =
    "has so many and so long names in its code that the listing of it cannot "
    "be read: leave labels out";

/* rol $3, $13, $61 and $51 of rdi: nothing else has a use for it. */
static const unsigned char request_x86[] = {
    0x48, 0xc1, 0xc7, 0x03, 0x48, 0xc1, 0xc7, 0x0d,
    0x48, 0xc1, 0xc7, 0x3d, 0x48, 0xc1, 0xc7, 0x33};

/* ror #3, #13, #51 and #61 of x12. */
static const unsigned char request_arm64[] = {
    0x8c, 0x0d, 0xcc, 0x93, 0x8c, 0x35, 0xcc, 0x93,
    0x8c, 0xcd, 0xcc, 0x93, 0x8c, 0xf5, 0xcc, 0x93};

static bool is_code(const struct section *section)
{
    return (section->flags & SHF_EXECINSTR) != 0 && section->bytes != NULL;
}

static bool find_request(struct forbidden_code *found,
                         const struct object *object)
{
    const unsigned char *request =
        object->machine == EM_X86_64 ? request_x86 : request_arm64;

    for (size_t i = 0; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        const unsigned char *at;
        /* On arm64 what is only read may lie among the code. */
        if ((section->flags & SHF_ALLOC) == 0 || section->bytes == NULL)
            continue;
        at = memmem(section->bytes, section->size, request,
                    sizeof(request_x86));
        if (at == NULL)
            continue;
        found->what = valgrind_request;
        found->section = i;
        found->offset = (size_t)(at - section->bytes);
        return true;
    }
    return false;
}

/* svc, hvc and smc, whatever the number in them. */
static bool find_call_arm64(struct forbidden_code *found,
                            const struct object *object, size_t number)
{
    const struct section *section = &object->sections[number];

    for (size_t i = 0; i + 4 <= section->size; i += 4) {
        const unsigned char *at = section->bytes + i;
        if (at[3] == 0xd4 && (at[2] & 0xe0) == 0 && (at[0] & 0x1f) >= 1 &&
            (at[0] & 0x1f) <= 3) {
            found->what = system_call;
            found->section = number;
            found->offset = i;
            return true;
        }
    }
    return false;
}

/* Do the bytes of syscall, sysenter or int 0x80 occur? */
static bool may_call_x86(const struct section *section)
{
    for (size_t i = 0; i + 2 <= section->size; i++) {
        const unsigned char *at = section->bytes + i;
        if ((at[0] == 0x0f && (at[1] == 0x05 || at[1] == 0x34)) ||
            (at[0] == 0xcd && at[1] == 0x80))
            return true;
    }
    return false;
}

/* Does an instruction, as objdump writes it, enter the system? Prefixes may
   stand before its name. */
static bool enters_system(char *text)
{
    char *rest = NULL;

    for (char *word = strtok_r(text, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest)) {
        if (strcmp(word, "syscall") == 0 || strcmp(word, "sysenter") == 0 ||
            strcmp(word, "int") == 0)
            return true;
    }
    return false;
}

static size_t section_named(const struct object *object, const char *name)
{
    size_t i = object->section_count - 1;

    while (i > 0 && strcmp(object->sections[i].name, name) != 0)
        i--;
    return i;
}

/* Finds the first such instruction in what objdump printed. */
static void look_through(struct forbidden_code *found,
                         const struct object *object, char *listing)
{
    static const char heading[] = "Disassembly of section ";
    char *rest = NULL;
    size_t section = 0;

    for (char *line = strtok_r(listing, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *end;
        size_t offset;
        if (strncmp(line, heading, strlen(heading)) == 0) {
            line += strlen(heading);
            line[strlen(line) - (*line != '\0')] = '\0';
            section = section_named(object, line);
            continue;
        }
        offset = strtoul(line, &end, 16);
        if (end == line || end[0] != ':' || end[1] != '\t' ||
            !enters_system(end + 2))
            continue;
        *found = (struct forbidden_code){system_call, section, offset};
        return;
    }
}

/*
 * Returns room for the listing of so many bytes of code. The longest line of
 * an instruction of two bytes is that of a jump to a name, of at most
 * OBJECT_NAME bytes; one byte is a line of some 40. Where a name begins there
 * is a line with it, and an empty one; the most that are one byte apart.
 */
static size_t listing_room(const struct object *object, size_t code)
{
    size_t names = object->symbol_count < code ? object->symbol_count : code;

    return ((size_t)1 << 16) + (OBJECT_NAME / 2 + 32) * code +
           (OBJECT_NAME + 32) * names;
}

static bool disassemble(struct forbidden_code *found,
                        const struct object *object, const char *path,
                        size_t code)
{
    const char *words[] = {"objdump", "-d", "-w", "--no-show-raw-insn",
                           path,      NULL};
    size_t size = listing_room(object, code);
    char *listing = malloc(size);
    int status = -1;
    bool whole = false;

    if (listing != NULL) {
        status = capture(words, NULL, listing, size);
        whole = status == 0 && strlen(listing) < size - 1;
    }
    if (whole)
        look_through(found, object, listing);
    else if (status == 0 || status == CAPTURE_LOUD)
        found->what = too_much_to_list; /* its names are odd: they grow */
    free(listing);
    return whole || found->what != NULL;
}

bool forbidden_code(struct forbidden_code *found, const struct object *object,
                    const char *path)
{
    size_t code = 0;
    bool doubtful = false;

    *found = (struct forbidden_code){.what = NULL};
    if (find_request(found, object))
        return true;
    for (size_t i = 0; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        if (!is_code(section))
            continue;
        code += section->size;
        if (object->machine == EM_X86_64)
            doubtful = doubtful || may_call_x86(section);
        else if (find_call_arm64(found, object, i))
            return true;
    }
    return !doubtful || disassemble(found, object, path, code);
}
