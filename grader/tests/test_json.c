/*
 * test_json.c - what the writer of JSON writes.
 */
#include "grader/figures/json.h"

#include "grader/tests/help.h"

#include <math.h>

static char text[4096];
static struct json json;

static void setup(void)
{
    memset(text, 0, sizeof(text));
    json = (struct json){.out = fmemopen(text, sizeof(text) - 1, "w"),
                         .first = true};
    ck_assert_ptr_nonnull(json.out);
}

/* Ends the text and compares it. */
static void expect(const char *expected)
{
    fclose(json.out);
    ck_assert_str_eq(text, expected);
}

START_TEST(objects_and_lists_nest)
{
    json_open_object(&json, NULL);
    json_string(&json, "name", "kr");
    json_open_list(&json, "traces");
    json_integer(&json, NULL, 1);
    json_open_object(&json, NULL);
    json_bool(&json, "ok", true);
    json_bool(&json, "scored", false);
    json_close_object(&json);
    json_close_list(&json);
    json_close_object(&json);

    expect("{\n"
           "  \"name\": \"kr\",\n"
           "  \"traces\": [\n"
           "    1,\n"
           "    {\n"
           "      \"ok\": true,\n"
           "      \"scored\": false\n"
           "    }\n"
           "  ]\n"
           "}\n");
}
END_TEST

START_TEST(what_is_empty_stays_on_one_line)
{
    json_open_object(&json, NULL);
    json_open_list(&json, "none");
    json_close_list(&json);
    json_open_object(&json, "nothing");
    json_close_object(&json);
    json_close_object(&json);

    expect("{\n  \"none\": [],\n  \"nothing\": {}\n}\n");
}
END_TEST

START_TEST(strings_are_escaped)
{
    json_open_list(&json, NULL);
    json_string(&json, NULL, "a \"quote\", a \\ and\na line\t\x01 \xc3\xa4");
    json_string(&json, NULL, "");
    json_string(&json, NULL, NULL);
    json_close_list(&json);

    expect("[\n"
           "  \"a \\\"quote\\\", a \\\\ and\\u000aa line\\u0009\\u0001 "
           "\xc3\xa4\",\n"
           "  \"\",\n"
           "  null\n"
           "]\n");
}
END_TEST

START_TEST(names_are_escaped_too)
{
    json_open_object(&json, NULL);
    json_integer(&json, "a\"b", 0);
    json_close_object(&json);

    expect("{\n  \"a\\\"b\": 0\n}\n");
}
END_TEST

START_TEST(numbers_have_as_many_digits_as_asked)
{
    json_open_list(&json, NULL);
    json_number(&json, NULL, 1.0 / 3, 3);
    json_number(&json, NULL, -2.5, 1);
    json_number(&json, NULL, 7, 0);
    json_integer(&json, NULL, -9223372036854775807LL - 1);
    json_close_list(&json);

    expect("[\n  0.333,\n  -2.5,\n  7,\n  -9223372036854775808\n]\n");
}
END_TEST

START_TEST(what_is_no_number_is_null)
{
    json_open_list(&json, NULL);
    json_number(&json, NULL, INFINITY, 3);
    json_number(&json, NULL, NAN, 3);
    json_close_list(&json);

    expect("[\n  null,\n  null\n]\n");
}
END_TEST

static Suite *json_suite(void)
{
    Suite *suite = suite_create("json");
    TCase *tcase = tcase_create("json");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, objects_and_lists_nest);
    tcase_add_test(tcase, what_is_empty_stays_on_one_line);
    tcase_add_test(tcase, strings_are_escaped);
    tcase_add_test(tcase, names_are_escaped_too);
    tcase_add_test(tcase, numbers_have_as_many_digits_as_asked);
    tcase_add_test(tcase, what_is_no_number_is_null);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(json_suite());
}
