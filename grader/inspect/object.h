/*
 * object.h - reads an object file that nobody vouches for.
 *
 * What a compiler wrote is decided by the source it was given: by asm() a
 * source can put anything anywhere. So every offset, count, index and name is
 * looked at once, when the file is read. Whoever has a struct object may
 * follow all of it without looking again.
 */
#ifndef GRADER_INSPECT_OBJECT_H
#define GRADER_INSPECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes of an object. A solved lab has some 50 KiB, debugging
   information included; ten times that if macros are in it (-g3). */
#define OBJECT_MOST ((size_t)16 << 20)

/* The most bytes of a name in it, its end included. */
#define OBJECT_NAME ((size_t)256)

/* A section. Its number is its place in the list; number 0 is none. */
struct section {
    const char *name;
    const unsigned char *bytes; /* NULL if it has none in the file: .bss */
    size_t size;                /* bytes it has once loaded */
    uint32_t type;              /* SHT_ */
    uint64_t flags;             /* SHF_ */
    uint32_t target;            /* of SHT_RELA: what is relocated */
    uint64_t alignment;         /* bytes; 0 and 1 are the same */
};

/* A symbol. */
struct symbol {
    const char *name; /* "" if it has none */
    unsigned type;    /* STT_ */
    unsigned binding; /* STB_ */
    unsigned section; /* a section's number, or SHN_UNDEF, SHN_ABS,
                            SHN_COMMON */
    uint64_t value;   /* offset in its section; at most its size */
    uint64_t size;    /* bytes; they end within the section */
};

/* A place that the linker fills in. */
struct relocation {
    uint64_t
        offset;    /* in the section that is relocated; below its size, unless
                        that is compressed */
    uint32_t type; /* R_X86_64_ or R_AARCH64_ */
    uint32_t symbol; /* its number */
    int64_t addend;  /* bytes */
};

/* An object, as object_read() leaves it. */
struct object {
    unsigned char *bytes; /* the file */
    size_t size;          /* bytes, at most OBJECT_MOST */
    unsigned machine;     /* EM_X86_64 or EM_AARCH64 */
    struct section *sections;
    size_t section_count;
    const unsigned char *symbols; /* Elf64_Sym, not aligned */
    size_t symbol_count;
    const char *names; /* of the symbols, end to end */
    size_t names_size; /* bytes, the last of them 0 */
};

/* What came of reading. */
enum object_result {
    OBJECT_READ,    /* the struct is filled: object_free() ends it */
    OBJECT_UNSOUND, /* what is there is no sound object */
    OBJECT_TROUBLE, /* the file or memory could not be had */
};

/*
 * Reads the ELF64 relocatable object at path, for x86-64 or arm64, into
 * *object. Unless it is OBJECT_READ, nothing is left to be freed, and says,
 * size bytes, holds one sentence that tells why, without the path. Cost:
 * linear in the file.
 */
enum object_result object_read(struct object *object, const char *path,
                               char *says, size_t size);

/* Frees what object_read() filled in. */
void object_free(struct object *object);

/* Returns symbol number i, below symbol_count; number 0 is none. */
struct symbol object_symbol(const struct object *object, size_t i);

/* How many relocations a section has, and number i of them. The section is
   one of type SHT_RELA. */
size_t relocation_count(const struct section *section);
struct relocation relocation_at(const struct section *section, size_t i);

#endif
