/*
 * test_sha256.c - are the hashes those of the published examples? SHA-256:
 * NIST FIPS 180-2, appendix B, and the empty message of NIST's CAVP. HMAC:
 * RFC 4231, section 4.
 */
#include "grader/lab/sha256.h"

#include "grader/tests/help.h"

/* Returns a digest as hexadecimal digits, until the next. */
static const char *digits(const uint8_t *digest)
{
    static char text[2 * SHA256_SIZE + 1];

    for (size_t i = 0; i < SHA256_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static const char *sha256_of(const char *data, size_t size)
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 hash;

    sha256_begin(&hash);
    sha256_add(&hash, data, size);
    sha256_end(&hash, digest);
    return digits(digest);
}

START_TEST(sha256_is_that_of_the_standard)
{
    static const struct {
        const char *data, *digest;
    } examples[] = {
        {"",
         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        ck_assert_str_eq(
            sha256_of(examples[i].data, strlen(examples[i].data)),
            examples[i].digest);
}
END_TEST

START_TEST(a_million_times_a_is_as_in_the_standard)
{
    size_t size = 1000000;
    char *data = malloc(size);

    ck_assert_ptr_nonnull(data);
    memset(data, 'a', size);
    ck_assert_str_eq(
        sha256_of(data, size),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(data);
}
END_TEST

/* Key and data of a test case of RFC 4231. */
static void assert_hmac(const char *key, size_t key_size, const char *data,
                        const char *expected)
{
    uint8_t digest[SHA256_SIZE];

    hmac_sha256(key, key_size, data, strlen(data), digest);
    ck_assert_str_eq(digits(digest), expected);
}

START_TEST(hmac_is_that_of_the_rfc)
{
    char key[131];

    memset(key, 0x0b, 20);
    assert_hmac(
        key, 20, "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_hmac(
        "Jefe", 4, "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    assert_hmac(
        key, sizeof(key),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sha256");
    TCase *tcase = tcase_create("sha256");
    tcase_add_test(tcase, sha256_is_that_of_the_standard);
    tcase_add_test(tcase, a_million_times_a_is_as_in_the_standard);
    tcase_add_test(tcase, hmac_is_that_of_the_rfc);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
