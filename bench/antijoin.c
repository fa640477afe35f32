/* The reference for the release gate: drops from a file of lines of 64 hexadecimal digits those that another one has.
   Both are mapped; the pseudonyms go into a table with open addressing and are compared whole. It checks nothing else.

       antijoin OPTED_OUT COHORT KEPT */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE = 65, BUFFER = 1 << 20 };

static unsigned char value[256];

static void decode(const unsigned char *text, unsigned char *bytes) {
    for (int i = 0; i < 32; i++) bytes[i] = (unsigned char)(value[text[2 * i]] << 4 | value[text[2 * i + 1]]);
}

static const unsigned char *map(const char *path, size_t *size) {
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status)) { perror(path); exit(1); }
    *size = (size_t)status.st_size;
    void *bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) { perror(path); exit(1); }
    return bytes;
}

static uint64_t first(const unsigned char *key) {
    uint64_t word;
    memcpy(&word, key, 8);
    return word;
}

int main(int count, char **path) {
    if (count != 4) return 2;
    for (int i = 0; i < 16; i++) value[(unsigned char)"0123456789abcdef"[i]] = (unsigned char)i;
    size_t out_size, cohort_size;
    const unsigned char *out = map(path[1], &out_size), *cohort = map(path[2], &cohort_size);
    size_t slots = 1;
    while (slots < 2 * (out_size / LINE)) slots *= 2;
    unsigned char(*table)[32] = calloc(slots, 32), none[32] = {0}, key[32];
    for (size_t at = 0; at + LINE <= out_size; at += LINE) {
        decode(out + at, key);
        size_t slot = first(key) & (slots - 1);
        while (memcmp(table[slot], none, 32)) slot = (slot + 1) & (slots - 1);
        memcpy(table[slot], key, 32);
    }
    FILE *kept = fopen(path[3], "w");
    if (!kept) { perror(path[3]); return 1; }
    setvbuf(kept, NULL, _IOFBF, BUFFER);
    for (size_t at = 0; at + LINE <= cohort_size; at += LINE) {
        decode(cohort + at, key);
        size_t slot = first(key) & (slots - 1);
        int is_out = 0;
        while (memcmp(table[slot], none, 32)) {
            if (!memcmp(table[slot], key, 32)) { is_out = 1; break; }
            slot = (slot + 1) & (slots - 1);
        }
        if (!is_out) fwrite(cohort + at, 1, LINE, kept);
    }
    return fclose(kept) ? 1 : 0;
}
