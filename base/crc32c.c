/* SPDX-License-Identifier: MIT */
/* CRC-32C eight bytes at a time: table k holds a byte's effect k bytes later. */
#include "base/crc32c.h"

#include <pthread.h>

#define POLYNOMIAL 0x82F63B78u /* reflected */
#define MASK_DELTA 0xA282EAD8u

static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t read_le32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void fill_crc_tables(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t c = b;

        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ POLYNOMIAL : c >> 1;
        table[0][b] = c;
    }
    for (int k = 1; k < 8; k++)
        for (uint32_t b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 255];
}

uint32_t aq_crc32c(const unsigned char *p, size_t n)
{
    uint32_t c = UINT32_MAX;

    (void)pthread_once(&once, fill_crc_tables);
    for (; n >= 8; n -= 8, p += 8) {
        c ^= read_le32(p);
        const uint32_t d = read_le32(p + 4);

        c = table[7][c & 255] ^ table[6][c >> 8 & 255] ^ table[5][c >> 16 & 255] ^
            table[4][c >> 24] ^ table[3][d & 255] ^ table[2][d >> 8 & 255] ^
            table[1][d >> 16 & 255] ^ table[0][d >> 24];
    }
    while (n--)
        c = c >> 8 ^ table[0][(c ^ *p++) & 255];
    return ~c;
}

uint32_t aq_crc32c_masked(const unsigned char *bytes, size_t n)
{
    const uint32_t c = aq_crc32c(bytes, n);

    return (c >> 15 | c << 17) + MASK_DELTA;
}
