/*
 * sha256.h - SHA-256 (NIST FIPS 180-4) and, made from it, HMAC (RFC 2104): a
 * hash with a key, from which neither the key nor the hash of anything else
 * can be told.
 */
#ifndef GRADER_LAB_SHA256_H
#define GRADER_LAB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE ((size_t)32)

/* The bytes of a block, which the hash takes in at a time. */
#define SHA256_BLOCK ((size_t)64)

struct sha256 {
    uint32_t state[8];
    uint64_t size;                 /* bytes taken in so far */
    uint8_t pending[SHA256_BLOCK]; /* the last size % SHA256_BLOCK of them */
};

/* Begins a hash. */
void sha256_begin(struct sha256 *hash);

/* Takes in size bytes at data. */
void sha256_add(struct sha256 *hash, const void *data, size_t size);

/* Ends a hash: the result is the SHA256_SIZE bytes at digest. */
void sha256_end(struct sha256 *hash, uint8_t *digest);

/*
 * Puts the HMAC of size bytes at data under a key of key_size bytes into the
 * SHA256_SIZE bytes at digest.
 */
void hmac_sha256(const void *key, size_t key_size, const void *data,
                 size_t size, uint8_t *digest);

#endif
