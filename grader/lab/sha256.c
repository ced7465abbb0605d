/*
 * sha256.c - SHA-256 and HMAC. Names are those of FIPS 180-4, section 6.2.
 */
#include "grader/lab/sha256.h"

#include <string.h>

/* Fractional parts of the cube roots of the first 64 primes (4.2.2). */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotated(uint32_t x, unsigned bits)
{
    return x >> bits | x << (32 - bits);
}

/* Fills the message schedule of a block. */
static void schedule(uint32_t *w, const uint8_t *block)
{
    for (size_t t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 |
               (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (size_t t = 16; t < 64; t++) {
        uint32_t x = w[t - 15];
        uint32_t y = w[t - 2];
        w[t] = w[t - 16] + w[t - 7] +
               (rotated(x, 7) ^ rotated(x, 18) ^ x >> 3) +
               (rotated(y, 17) ^ rotated(y, 19) ^ y >> 10);
    }
}

static void take_block(struct sha256 *hash, const uint8_t *block)
{
    uint32_t w[64];
    uint32_t v[8]; /* a to h */

    schedule(w, block);
    memcpy(v, hash->state, sizeof(v));
    for (size_t t = 0; t < 64; t++) {
        uint32_t e = v[4];
        uint32_t a = v[0];
        uint32_t t1 = v[7] +
                      (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                      ((e & v[5]) ^ (~e & v[6])) + K[t] + w[t];
        uint32_t t2 = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (size_t i = 0; i < 8; i++)
        hash->state[i] += v[i];
}

void sha256_begin(struct sha256 *hash)
{
    /* Fractional parts of the square roots of the first 8 primes (5.3.3). */
    *hash = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                      0xa54ff53a, 0x510e527f, 0x9b05688c,
                                      0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++) {
        size_t at = hash->size++ % SHA256_BLOCK;
        hash->pending[at] = bytes[i];
        if (at + 1 == SHA256_BLOCK)
            take_block(hash, hash->pending);
    }
}

void sha256_end(struct sha256 *hash, uint8_t *digest)
{
    static const uint8_t one = 0x80, zero = 0;
    uint64_t bits = hash->size * 8;
    uint8_t length[8];

    sha256_add(hash, &one, 1);
    while (hash->size % SHA256_BLOCK != SHA256_BLOCK - sizeof(length))
        sha256_add(hash, &zero, 1);
    for (size_t i = 0; i < sizeof(length); i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(hash, length, sizeof(length));
    for (size_t i = 0; i < SHA256_SIZE; i++)
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

/* Begins a hash of a key, of at most a block, each byte with pad in it. */
static void begin_padded(struct sha256 *hash, const uint8_t *key, uint8_t pad)
{
    uint8_t block[SHA256_BLOCK];

    for (size_t i = 0; i < SHA256_BLOCK; i++)
        block[i] = key[i] ^ pad;
    sha256_begin(hash);
    sha256_add(hash, block, sizeof(block));
}

void hmac_sha256(const void *key, size_t key_size, const void *data,
                 size_t size, uint8_t *digest)
{
    uint8_t block[SHA256_BLOCK] = {0};
    uint8_t inner[SHA256_SIZE];
    struct sha256 hash;

    if (key_size > SHA256_BLOCK) {
        sha256_begin(&hash);
        sha256_add(&hash, key, key_size);
        sha256_end(&hash, block);
    } else if (key_size > 0) {
        memcpy(block, key, key_size);
    }
    begin_padded(&hash, block, 0x36);
    sha256_add(&hash, data, size);
    sha256_end(&hash, inner);
    begin_padded(&hash, block, 0x5c);
    sha256_add(&hash, inner, sizeof(inner));
    sha256_end(&hash, digest);
}
