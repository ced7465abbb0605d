/*
 * sections.c - which sections and relocations a submission may have.
 *
 * Sections are taken from a list of what gcc and clang make of C, with the
 * type and flags they give it: to a linker a name is an order, and what is
 * not on the list might be one that nobody thought of.
 */
#include "grader/inspect/sections.h"

#include <elf.h>
#include <string.h>

/* Newer than some elf.h. */
#define LLVM_ADDRSIG 0x6fff4c03
#define GNU_RETAIN   ((uint64_t)1 << 21)

/* A kind of section that compilers make. */
struct kind {
    const char *name; /* also of all that go on with a dot */
    uint32_t type;
    uint64_t flags;
};

static const struct kind kinds[] = {
    {".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR},
    {".rodata", SHT_PROGBITS, SHF_ALLOC},
    {".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE},
    {".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE},
    {".tdata", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS},
    {".tbss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE | SHF_TLS},
    {".eh_frame", SHT_PROGBITS, SHF_ALLOC},
    {".eh_frame", SHT_X86_64_UNWIND, SHF_ALLOC},
    {".note.gnu.property", SHT_NOTE, SHF_ALLOC},
    {".note.GNU-stack", SHT_PROGBITS, 0},
    {".comment", SHT_PROGBITS, 0},
    {".group", SHT_GROUP, 0},
    {".symtab", SHT_SYMTAB, 0},
    {".strtab", SHT_STRTAB, 0},
    {".shstrtab", SHT_STRTAB, 0},
    {".llvm_addrsig", LLVM_ADDRSIG, SHF_EXCLUDE},
#if defined(VARIANT_ASAN) || defined(VARIANT_TSAN) ||                        \
    defined(VARIANT_COVERAGE)
    {".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE},
    {".fini_array", SHT_FINI_ARRAY, SHF_ALLOC | SHF_WRITE},
    {"asan_globals", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE},
#endif
};

/* Sections for debuggers, which are SHT_PROGBITS without flags. One of
   scripts (.debug_gdb_scripts), which gdb might run, is not among them. */
static const char *const debugging[] = {
    ".debug_info",     ".debug_abbrev",       ".debug_line",
    ".debug_line_str", ".debug_str",          ".debug_str_offsets",
    ".debug_aranges",  ".debug_addr",         ".debug_ranges",
    ".debug_rnglists", ".debug_loc",          ".debug_loclists",
    ".debug_macro",    ".debug_macinfo",      ".debug_types",
    ".debug_frame",    ".debug_names",        ".debug_pubnames",
    ".debug_pubtypes", ".debug_gnu_pubnames", ".debug_gnu_pubtypes"};

/* What may be beside a kind's flags: it changes nothing for us. */
#define FLAGS_ASIDE                                                          \
    (SHF_MERGE | SHF_STRINGS | SHF_GROUP | SHF_INFO_LINK | SHF_COMPRESSED |  \
     SHF_LINK_ORDER | GNU_RETAIN)

/* Begins that compilers give to sections for code outside of calls. */
static const char *const outside_calls[] = {
    ".init", ".fini", ".preinit_array", ".ctors", ".dtors"};

static bool begins(const char *name, const char *begin)
{
    return strncmp(name, begin, strlen(begin)) == 0;
}

/* Is a name another one, or that and more behind a dot? */
static bool is_or_goes_on(const char *name, const char *kind)
{
    size_t length = strlen(kind);

    return begins(name, kind) &&
           (name[length] == '\0' || name[length] == '.');
}

static bool is_for_debuggers(const char *name)
{
    for (size_t i = 0; i < sizeof(debugging) / sizeof(debugging[0]); i++) {
        if (strcmp(name, debugging[i]) == 0)
            return true;
    }
    return false;
}

size_t writable_size(const struct section *section)
{
    if ((section->flags & SHF_ALLOC) == 0 ||
        (section->flags & SHF_WRITE) == 0 ||
        section->type == SHT_INIT_ARRAY || section->type == SHT_FINI_ARRAY ||
        is_or_goes_on(section->name, ".data.rel.ro"))
        return 0;
    return section->size;
}

/* Is a section as compilers make one of its name? */
static bool is_usual(const struct object *object,
                     const struct section *section)
{
    uint64_t flags = section->flags & ~(uint64_t)FLAGS_ASIDE;

    if (section->type == SHT_NULL)
        return true;
    if ((section->flags & SHF_ALLOC) != 0 &&
        (section->flags & SHF_COMPRESSED) != 0)
        return false;
    if (section->type == SHT_RELA)
        return flags == 0 && begins(section->name, ".rela") &&
               strcmp(section->name + strlen(".rela"),
                      object->sections[section->target].name) == 0;
    if (section->type == SHT_PROGBITS && flags == 0 &&
        is_for_debuggers(section->name))
        return true;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (is_or_goes_on(section->name, kinds[i].name) &&
            section->type == kinds[i].type && flags == kinds[i].flags)
            return true;
    }
    return false;
}

/* Refuses a section that is not usual, in the words that help most. */
static bool refuse_section(const struct look *look, size_t number)
{
    const struct section *section = &look->object.sections[number];
    const char *name = section->name;

    for (size_t i = 0; i < sizeof(outside_calls) / sizeof(outside_calls[0]);
         i++) {
        if (!begins(name, outside_calls[i]))
            continue;
        note_goal(look, number);
        return refuse(look,
                      "has a constructor or destructor (%.40s): code runs "
                      "only when a function of the table is called",
                      name);
    }
    if (begins(name, ".gnu.lto_") || begins(name, ".gnu.debuglto_") ||
        begins(name, ".llvm.lto"))
        return refuse(look, "was compiled for link-time optimization: leave "
                            "-flto out");
    if (strcmp(name, ".note.GNU-stack") == 0)
        return refuse(look, "needs a stack that can be executed: do not take "
                            "the address of a function within a function");
    if ((section->flags & SHF_WRITE) != 0 && is_code(section))
        return refuse(look, "has code that can be written (section %.40s)",
                      name);
    return refuse(look,
                  "has the section %.40s, of type %#x and flags %#llx, "
                  "which plain C does not make",
                  name, section->type, (unsigned long long)section->flags);
}

/* Is a property for the loader one that changes nothing, whatever its value?
   Those are used features, and what all objects must have to have effect. One
   that asks for features of a processor is none: without them a program is not
   even loaded. */
static bool property_is_fine(uint32_t type)
{
    return type == 0xc0000000 || type == 0xc0000002 ||
           (type >= 0xc0010000 && type <= 0xc0010002);
}

/* Reads 4 bytes of a section at offset; 0 beyond its end. */
static uint32_t word_at(const struct section *section, uint64_t offset)
{
    uint32_t word = 0;

    if (section->size >= sizeof(word) &&
        offset <= section->size - sizeof(word))
        memcpy(&word, section->bytes + offset, sizeof(word));
    return word;
}

/*
 * Are the properties in a section such as compilers write? They are notes:
 * three words (4, the bytes that follow, the type 5), "GNU", and then for
 * each property its type, its size and that many bytes, rounded up to 8.
 */
static bool properties_are_fine(const struct section *section)
{
    uint64_t at = 0;

    while (at < section->size) {
        uint64_t end = at + 16 + word_at(section, at + 4);
        if (word_at(section, at) != 4 || word_at(section, at + 8) != 5 ||
            word_at(section, at + 12) != 0x554e47 || end > section->size)
            return false;
        for (at += 16; at < end;) {
            uint64_t size = word_at(section, at + 4);
            if (!property_is_fine(word_at(section, at)) ||
                at + 8 + size > end)
                return false;
            at += 8 + (size + 7) / 8 * 8;
        }
    }
    return true;
}

bool sections_are_fine(const struct look *look)
{
    const struct object *object = &look->object;
    bool stack_is_told = false;
    size_t code = 0;

    for (size_t i = 1; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        if (!is_usual(object, section))
            return refuse_section(look, i);
        if ((section->flags & SHF_ALLOC) != 0 &&
            section->alignment > ALIGNMENT_MOST)
            return refuse(look,
                          "aligns its section %.40s to %llu bytes: "
                          "%d at most",
                          section->name,
                          (unsigned long long)section->alignment,
                          ALIGNMENT_MOST);
        if (section->type == SHT_NOTE && !properties_are_fine(section))
            return refuse(look,
                          "asks for a processor of its choice, in the "
                          "section %.40s",
                          section->name);
        if (strcmp(section->name, ".note.GNU-stack") == 0)
            stack_is_told = true;
        if (is_code(section))
            code += section->size; /* each at most OBJECT_MOST */
    }
    if (!stack_is_told)
        return refuse(look, "does not say that its stack holds no code");
    if (code > CODE_MOST)
        return refuse(look, "has %zu bytes of code: %zu at most", code,
                      CODE_MOST);
    return true;
}

/* Relocations that linkers make for the loader, some of which run code. */
static bool is_for_the_loader(unsigned machine, uint32_t type)
{
    if (machine == EM_AARCH64)
        return type >= R_AARCH64_COPY;
    return (type >= R_X86_64_COPY && type <= R_X86_64_RELATIVE) ||
           type == R_X86_64_IRELATIVE || type == R_X86_64_RELATIVE64;
}

bool relocations_are_fine(const struct look *look)
{
    const struct object *object = &look->object;

    for (size_t i = 1; i < object->section_count; i++) {
        const struct section *section = &object->sections[i];
        if (section->type != SHT_RELA)
            continue;
        for (size_t k = 0; k < relocation_count(section); k++) {
            uint32_t type = relocation_at(section, k).type;
            if (is_for_the_loader(object->machine, type))
                return refuse(look,
                              "has a relocation of type %u, which is "
                              "for the loader",
                              type);
        }
    }
    return true;
}
