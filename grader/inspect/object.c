/*
 * object.c - reads an object file that nobody vouches for.
 *
 * The file is taken in as a whole; then come its header, its sections, their
 * names, the symbols and the relocations, each proved sound by what was
 * proved before. Tables need not be aligned, so entries are copied out.
 */
#include "grader/inspect/object.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes a regular file in. Returns NULL and says why if that cannot be. */
static unsigned char *take_in(const char *path, size_t *size, char *says,
                              size_t room)
{
    int from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    unsigned char *bytes = NULL;
    struct stat status;
    ssize_t got = -1;

    if (from < 0 || fstat(from, &status) != 0) {
        snprintf(says, room, "the object cannot be opened: %s",
                 strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        snprintf(says, room, "the object is not a file");
    } else {
        *size = (size_t)status.st_size;
        if (*size > OBJECT_MOST)
            *size = OBJECT_MOST + 1;
        bytes = malloc(*size + 1);
        if (bytes != NULL)
            got = read(from, bytes, *size);
        if (bytes != NULL && got != (ssize_t)*size) {
            free(bytes);
            bytes = NULL;
        }
        if (bytes == NULL)
            snprintf(says, room, "the object cannot be read: %s",
                     strerror(errno));
    }
    if (from >= 0)
        close(from);
    return bytes;
}

/* Do count entries of width bytes lie at offset of a file of size bytes? */
static bool lies_within(uint64_t offset, uint64_t count, uint64_t width,
                        uint64_t size)
{
    return offset <= size && count <= (size - offset) / width;
}

/* Returns what is wrong with the header, or NULL. */
static const char *header_fault(const struct object *object,
                                const Elf64_Ehdr *header)
{
    static const unsigned char bitcode[] = {'B', 'C', 0xc0, 0xde};

    if (object->size > OBJECT_MOST)
        return "the object is larger than 16 MiB";
    if (object->size >= sizeof(bitcode) &&
        memcmp(object->bytes, bitcode, sizeof(bitcode)) == 0)
        return "it was compiled for link-time optimization: leave -flto out";
    if (object->size < sizeof(*header) ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return "what was compiled is not an ELF object";
    if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_ident[EI_VERSION] != EV_CURRENT ||
        (header->e_machine != EM_X86_64 && header->e_machine != EM_AARCH64))
        return "the object is not for x86-64 or arm64";
    if (header->e_type != ET_REL)
        return "what was compiled is not an object that can be linked";
    if (header->e_shnum == 0 || header->e_shnum >= SHN_LORESERVE ||
        header->e_shentsize != sizeof(Elf64_Shdr) ||
        header->e_shstrndx >= header->e_shnum ||
        !lies_within(header->e_shoff, header->e_shnum, sizeof(Elf64_Shdr),
                     object->size))
        return "the object is damaged: its table of sections";
    return NULL;
}

static Elf64_Shdr section_header(const struct object *object,
                                 const Elf64_Ehdr *header, size_t i)
{
    Elf64_Shdr section;

    memcpy(&section, object->bytes + header->e_shoff + i * sizeof(section),
           sizeof(section));
    return section;
}

/* Is a section a list of names, each of which ends in it? */
static bool holds_names(const struct object *object,
                        const Elf64_Shdr *section)
{
    return section->sh_type == SHT_STRTAB && section->sh_size > 0 &&
           lies_within(section->sh_offset, section->sh_size, 1,
                       object->size) &&
           object->bytes[section->sh_offset + section->sh_size - 1] == '\0';
}

/* Does a name begin at offset of names, and end soon? */
static bool is_name(const char *names, size_t size, size_t offset)
{
    return offset < size &&
           strnlen(names + offset, OBJECT_NAME) < OBJECT_NAME;
}

/* Fills in the sections; returns what is wrong with them, or NULL. */
static const char *read_sections(struct object *object,
                                 const Elf64_Ehdr *header)
{
    Elf64_Shdr strings = section_header(object, header, header->e_shstrndx);
    const char *names;

    if (!holds_names(object, &strings))
        return "the object is damaged: the names of its sections";
    names = (const char *)object->bytes + strings.sh_offset;
    for (size_t i = 0; i < header->e_shnum; i++) {
        Elf64_Shdr from = section_header(object, header, i);
        bool empty = from.sh_type == SHT_NOBITS || from.sh_type == SHT_NULL;
        if (!is_name(names, strings.sh_size, from.sh_name))
            return "the object is damaged: the name of a section";
        if ((!empty &&
             !lies_within(from.sh_offset, from.sh_size, 1, object->size)) ||
            from.sh_size > PTRDIFF_MAX)
            return "the object is damaged: a section ends outside it";
        object->sections[i] = (struct section){
            .name = names + from.sh_name,
            .bytes = empty ? NULL : object->bytes + from.sh_offset,
            .size = from.sh_size,
            .type = from.sh_type,
            .flags = from.sh_flags,
            .target = from.sh_info,
            .alignment = from.sh_addralign,
        };
    }
    return NULL;
}

/* Is a symbol's place one there is? */
static bool symbol_is_sound(const struct object *object,
                            const Elf64_Sym *symbol)
{
    const struct section *section;

    if (!is_name(object->names, object->names_size, symbol->st_name))
        return false;
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS ||
        symbol->st_shndx == SHN_COMMON)
        return true;
    if (symbol->st_shndx >= object->section_count)
        return false;
    section = &object->sections[symbol->st_shndx];
    return lies_within(symbol->st_value, symbol->st_size, 1, section->size);
}

/* Fills in the symbols; returns what is wrong with them, or NULL. */
static const char *read_symbols(struct object *object,
                                const Elf64_Ehdr *header)
{
    for (size_t i = 0; i < object->section_count; i++) {
        Elf64_Shdr table = section_header(object, header, i);
        Elf64_Shdr names;
        if (table.sh_type != SHT_SYMTAB)
            continue;
        if (object->symbols != NULL ||
            table.sh_entsize != sizeof(Elf64_Sym) ||
            table.sh_size % sizeof(Elf64_Sym) != 0 ||
            table.sh_link >= object->section_count)
            return "the object is damaged: its table of symbols";
        names = section_header(object, header, table.sh_link);
        if (!holds_names(object, &names))
            return "the object is damaged: the names of its symbols";
        object->symbols = object->sections[i].bytes;
        object->symbol_count = table.sh_size / sizeof(Elf64_Sym);
        object->names = (const char *)object->bytes + names.sh_offset;
        object->names_size = names.sh_size;
    }
    if (object->symbols == NULL)
        return "the object has no table of symbols";
    for (size_t i = 0; i < object->symbol_count; i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, object->symbols + i * sizeof(symbol), sizeof(symbol));
        if (!symbol_is_sound(object, &symbol))
            return "the object is damaged: a symbol";
    }
    return NULL;
}

/* Returns how large a section may be: one that is compressed (-gz) says so
   itself, and only debuggers care. */
static size_t size_unpacked(const struct section *section)
{
    return (section->flags & SHF_COMPRESSED) != 0 ? SIZE_MAX : section->size;
}

/* Returns what is wrong with the relocations, or NULL. */
static const char *relocation_fault(const struct object *object,
                                    const Elf64_Ehdr *header)
{
    for (size_t i = 0; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        Elf64_Shdr from = section_header(object, header, i);
        size_t room;
        if (section->type != SHT_RELA)
            continue;
        if (from.sh_entsize != sizeof(Elf64_Rela) ||
            section->size % sizeof(Elf64_Rela) != 0 ||
            from.sh_link >= object->section_count ||
            object->sections[from.sh_link].type != SHT_SYMTAB ||
            section->target == 0 || section->target >= object->section_count)
            return "the object is damaged: a table of relocations";
        room = size_unpacked(&object->sections[section->target]);
        for (size_t k = 0; k < relocation_count(section); k++) {
            struct relocation relocation = relocation_at(section, k);
            if (relocation.symbol >= object->symbol_count ||
                relocation.offset >= room)
                return "the object is damaged: a relocation";
        }
    }
    return NULL;
}

enum object_result object_read(struct object *object, const char *path,
                               char *says, size_t size)
{
    Elf64_Ehdr header = {.e_shnum = 0};
    const char *fault;

    memset(object, 0, sizeof(*object));
    object->bytes = take_in(path, &object->size, says, size);
    if (object->bytes == NULL)
        return OBJECT_TROUBLE;
    if (object->size >= sizeof(header))
        memcpy(&header, object->bytes, sizeof(header));
    fault = header_fault(object, &header);
    if (fault == NULL) {
        object->machine = header.e_machine;
        object->section_count = header.e_shnum;
        object->sections = calloc(header.e_shnum, sizeof(*object->sections));
        if (object->sections == NULL) {
            object_free(object);
            snprintf(says, size, "no memory for the object's sections");
            return OBJECT_TROUBLE;
        }
        fault = read_sections(object, &header);
    }
    if (fault == NULL)
        fault = read_symbols(object, &header);
    if (fault == NULL)
        fault = relocation_fault(object, &header);
    if (fault == NULL)
        return OBJECT_READ;
    object_free(object);
    snprintf(says, size, "%s", fault);
    return OBJECT_UNSOUND;
}

void object_free(struct object *object)
{
    free(object->sections);
    free(object->bytes);
    memset(object, 0, sizeof(*object));
}

struct symbol object_symbol(const struct object *object, size_t i)
{
    Elf64_Sym from;

    memcpy(&from, object->symbols + i * sizeof(from), sizeof(from));
    return (struct symbol){
        .name = object->names + from.st_name,
        .type = ELF64_ST_TYPE(from.st_info),
        .binding = ELF64_ST_BIND(from.st_info),
        .section = from.st_shndx,
        .value = from.st_value,
        .size = from.st_size,
    };
}

size_t relocation_count(const struct section *section)
{
    return section->size / sizeof(Elf64_Rela);
}

struct relocation relocation_at(const struct section *section, size_t i)
{
    Elf64_Rela from;

    memcpy(&from, section->bytes + i * sizeof(from), sizeof(from));
    return (struct relocation){
        .offset = from.r_offset,
        .type = ELF64_R_TYPE(from.r_info),
        .symbol = ELF64_R_SYM(from.r_info),
        .addend = from.r_addend,
    };
}
