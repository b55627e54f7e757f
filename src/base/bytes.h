/*
 * bytes - numbers in files, lowest byte first, whatever the machine.
 */
#pragma once
#include <stdint.h>

static inline void bytes_put_u64(char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)(value >> (8 * i));
}

static inline uint64_t bytes_get_u64(const char *from)
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | (unsigned char)from[i];
    return value;
}
