/*
 * inspect.c - looks at what a submission was compiled to, before it runs.
 *
 * Undefined names go by the list in allowed.c. Names that the file defines
 * are its own affair, since inspect_localise() hides them.
 */
#include "grader/inspect/inspect.h"

#include "allocators/malloc.h"
#include "grader/inspect/allowed.h"
#include "grader/inspect/look.h"
#include "grader/inspect/machine_code.h"
#include "grader/inspect/sections.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* Variables of COMMON storage that are given a name of the file's own. */
#define COMMONS_MOST 64

static bool is_defined(const struct symbol *symbol)
{
    return symbol->section != SHN_UNDEF && symbol->section != SHN_ABS;
}

/* Are a symbol's kind and name such as compilers make? */
static bool form_is_fine(const struct look *look, const struct symbol *symbol)
{
    if (symbol->type == STT_GNU_IFUNC)
        return refuse(look,
                      "lets code choose what %.60s is when it is loaded "
                      "(ifunc): write a plain function",
                      symbol->name);
    if (symbol->type > STT_TLS || symbol->binding > STB_WEAK)
        return refuse(look,
                      "has the symbol %.60s, of type %u and binding %u, "
                      "which plain C does not make",
                      symbol->name, symbol->type, symbol->binding);
    if (strchr(symbol->name, '@') != NULL)
        return refuse(look,
                      "asks for a version of a symbol, %.60s: leave "
                      ".symver out",
                      symbol->name);
    if (symbol->section == SHN_ABS && symbol->type != STT_FILE)
        return refuse(look, "puts %.60s at an address of its own choice",
                      symbol->name);
    if (symbol->section == SHN_COMMON && symbol->value > ALIGNMENT_MOST)
        return refuse(look, "aligns %.60s to %llu bytes: %d at most",
                      symbol->name, (unsigned long long)symbol->value,
                      ALIGNMENT_MOST);
    return true;
}

/* Is a symbol a variable of COMMON storage that others see? */
static bool is_common(const struct symbol *symbol)
{
    return symbol->section == SHN_COMMON && symbol->binding != STB_LOCAL;
}

static bool symbols_are_fine(const struct look *look)
{
    size_t commons = 0;

    for (size_t i = 1; i < look->object.symbol_count; i++) {
        struct symbol symbol = object_symbol(&look->object, i);
        const char *why;
        enum permission permission;
        if (!form_is_fine(look, &symbol))
            return false;
        commons += is_common(&symbol);
        if (symbol.section != SHN_UNDEF || symbol.name[0] == '\0')
            continue;
        permission = allowed_name(symbol.name, &why);
        if (permission == ALLOWED_PRINTS)
            look->inspection->prints = true;
        if (permission != REFUSED)
            continue;
        note_use(look, i);
        return refuse(look, "uses %.60s%s", symbol.name, why);
    }
    return commons <= COMMONS_MOST ||
           refuse(look,
                  "has %zu variables of common storage: %d at most; give "
                  "them values, or make them static",
                  commons, COMMONS_MOST);
}

static bool table_is_fine(const struct look *look)
{
    const struct object *object = &look->object;
    size_t count = 0;

    for (size_t i = 1; i < object->symbol_count; i++) {
        struct symbol symbol = object_symbol(object, i);
        const struct section *section;
        if (!is_defined(&symbol) || symbol.binding == STB_LOCAL ||
            strcmp(symbol.name, look->table) != 0)
            continue;
        count++;
        section = symbol.section < object->section_count
                      ? &object->sections[symbol.section]
                      : NULL;
        if (section == NULL || section->bytes == NULL || is_code(section) ||
            (section->flags & SHF_ALLOC) == 0 || symbol.type != STT_OBJECT ||
            symbol.binding != STB_GLOBAL ||
            symbol.size < sizeof(struct allocator))
            return refuse(look,
                          "defines %.60s, but not as a table: const struct "
                          "allocator",
                          look->table);
    }
    if (count == 0)
        return refuse(look,
                      "does not define %.60s, the table of its functions",
                      look->table);
    return count == 1 ||
           refuse(look, "defines %.60s more than once", look->table);
}

/* Returns a plus b, or SIZE_MAX. */
static size_t sum(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Refuses size bytes of static data. Always returns false. */
static bool refuse_statics(const struct look *look, size_t size,
                           const struct symbol *largest)
{
    char part[32] = "all";

    if (largest->size < size)
        snprintf(part, sizeof(part), "%llu",
                 (unsigned long long)largest->size);
    note_variable(look, largest->name);
    return refuse(look,
                  "has %zu bytes of static data, %s of them in %.60s: all "
                  "memory must come from the source, notes about blocks too; "
                  "%zu bytes at most",
                  size, part, largest->name, STATIC_MOST);
}

/* Measures writable static data, and refuses too much of it. */
static bool statics_are_fine(const struct look *look)
{
    const struct object *object = &look->object;
    struct symbol largest = {.name = "one"};
    size_t size = 0;

    for (size_t i = 1; i < object->section_count; i++)
        size = sum(size, writable_size(&object->sections[i]));
    for (size_t i = 1; i < object->symbol_count; i++) {
        struct symbol symbol = object_symbol(object, i);
        if (symbol.section == SHN_COMMON)
            size = sum(size, symbol.size);
        else if (!is_defined(&symbol) ||
                 writable_size(&object->sections[symbol.section]) == 0)
            continue;
        if (symbol.size > largest.size)
            largest = symbol;
    }
    look->inspection->static_size = size;
    return size <= STATIC_MOST || refuse_statics(look, size, &largest);
}

/* Returns false for trouble, not for a refusal. */
static bool look_at_code(const struct look *look)
{
    struct forbidden_code found;

    if (!forbidden_code(&found, &look->object, look->path))
        return false;
    if (found.what == NULL)
        return true;
    if (is_code(&look->object.sections[found.section]))
        note_line(look, found.section, found.offset);
    refuse(look, "%s", found.what);
    return true;
}

bool inspect_object(struct inspection *inspection, const char *path,
                    const char *table_symbol, char *error, size_t size)
{
    struct look look = {
        .inspection = inspection, .path = path, .table = table_symbol};
    char says[160];
    enum object_result result;
    bool looked = true;

    memset(inspection, 0, sizeof(*inspection));
    result = object_read(&look.object, path, says, sizeof(says));
    if (result == OBJECT_TROUBLE) {
        snprintf(error, size, "%s", says);
        return false;
    }
    if (result == OBJECT_UNSOUND) {
        refuse(&look, "cannot be used: %s", says);
        return true;
    }
    if (sections_are_fine(&look) && relocations_are_fine(&look) &&
        statics_are_fine(&look) && symbols_are_fine(&look) &&
        table_is_fine(&look))
        looked = look_at_code(&look);
    if (!looked)
        snprintf(error, size, "objdump cannot tell what is in the object");
    object_free(&look.object);
    return looked;
}

/* Is a table's symbol the only definition that others see, but for variables
   of COMMON storage that were renamed? */
static bool is_alone(const struct object *object, const char *keep,
                     const char *renamed)
{
    size_t count = 0;

    for (size_t i = 1; i < object->symbol_count; i++) {
        struct symbol symbol = object_symbol(object, i);
        bool common = symbol.section == SHN_COMMON &&
                      strncmp(symbol.name, renamed, strlen(renamed)) == 0;
        if (symbol.binding == STB_LOCAL || symbol.section == SHN_UNDEF ||
            common)
            continue;
        if (strcmp(symbol.name, keep) != 0 || symbol.type != STT_OBJECT)
            return false;
        count++;
    }
    return count == 1;
}

/* What objcopy is told. */
struct orders {
    const char *words[COMMONS_MOST + 8];
    char rename[COMMONS_MOST][3 * OBJECT_NAME];
    size_t renamed;
};

/* Orders that each variable of COMMON storage be renamed: objcopy cannot make
   it local. False if there are too many. */
static bool rename_commons(struct orders *orders, const char *path,
                           const char *prefix, size_t *words)
{
    struct object object;
    char says[160];
    bool fits = true;

    if (object_read(&object, path, says, sizeof(says)) != OBJECT_READ)
        return false;
    for (size_t i = 1; i < object.symbol_count; i++) {
        struct symbol symbol = object_symbol(&object, i);
        char *order = orders->rename[orders->renamed % COMMONS_MOST];
        if (!is_common(&symbol))
            continue;
        fits = orders->renamed < COMMONS_MOST;
        if (!fits)
            break;
        snprintf(order, sizeof(orders->rename[0]), "--redefine-sym=%s=%s%s",
                 symbol.name, prefix, symbol.name);
        orders->words[(*words)++] = order;
        orders->renamed++;
    }
    object_free(&object);
    return fits;
}

bool inspect_localise(const char *path, const char *keep_symbol, char *error,
                      size_t size)
{
    struct orders orders = {.words = {"objcopy"}, .renamed = 0};
    size_t words = 1;
    struct object object;
    char keep[OBJECT_NAME + 32];
    char prefix[OBJECT_NAME];
    char says[1024];
    bool alone;

    snprintf(keep, sizeof(keep), "--keep-global-symbol=%s", keep_symbol);
    snprintf(prefix, sizeof(prefix), "%s.", keep_symbol);
    orders.words[words++] = keep;
    if (!rename_commons(&orders, path, prefix, &words)) {
        snprintf(error, size,
                 "the object cannot be read, or has more than %d variables "
                 "of common storage: use -fno-common",
                 COMMONS_MOST);
        return false;
    }
    orders.words[words++] = path;
    orders.words[words] = NULL;
    if (capture(orders.words, NULL, says, sizeof(says)) != 0) {
        snprintf(error, size, "objcopy failed: %s", says);
        return false;
    }
    if (object_read(&object, path, says, sizeof(says)) != OBJECT_READ) {
        snprintf(error, size, "after objcopy: %s", says);
        return false;
    }
    alone = is_alone(&object, keep_symbol, prefix);
    object_free(&object);
    if (!alone)
        snprintf(error, size, "%s is not the only definition that others see",
                 keep_symbol);
    return alone;
}
