/* CRC32C: the vectors of RFC 3720, appendix B.4; in parts and at any alignment; by the processor's
 * instruction as by tables; and that flipped bits show. */
#include "base/crc32c.h"
#include "base/random.h"
#include "tests/lib/harness.h"

enum { ROOM = 1024 };

static void expect(uint32_t crc, const void *data, size_t bytes)
{
    ck_assert_uint_eq(crc32c(0, data, bytes), crc);
    ck_assert_uint_eq(crc32c_by_tables(0, data, bytes), crc);
}

START_TEST(the_vectors_of_the_standard_hold)
{
    static const uint8_t read_10[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    };
    uint8_t bytes[32];
    for (int i = 0; i < 32; i++) bytes[i] = 0;
    expect(0x8a9136aa, bytes, 32);
    for (int i = 0; i < 32; i++) bytes[i] = 0xff;
    expect(0x62a8ab43, bytes, 32);
    for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)i;
    expect(0x46dd794e, bytes, 32);
    for (int i = 0; i < 32; i++) bytes[i] = (uint8_t)(31 - i);
    expect(0x113fdb5c, bytes, 32);
    expect(0xd9963a56, read_10, 48);
    expect(0xe3069283, "123456789", 9); /* the check value of catalogues of such codes */
    expect(0, bytes, 0);
}
END_TEST

static void draw(struct random *random, uint8_t bytes[static ROOM])
{
    for (int i = 0; i < ROOM; i++) bytes[i] = (uint8_t)random_next(random);
}

START_TEST(parts_make_the_whole_at_any_alignment)
{
    struct random random = random_named(1, "crc32c", "parts");
    uint8_t bytes[ROOM];
    draw(&random, bytes);
    for (int i = 0; i < 2000; i++) {
        size_t begin = random_below(&random, ROOM),
               end = begin + random_below(&random, ROOM - begin);
        size_t middle = begin + (end > begin ? random_below(&random, end - begin) : 0);
        uint32_t first = crc32c(0, bytes + begin, middle - begin);
        expect(crc32c(first, bytes + middle, end - middle), bytes + begin, end - begin);
    }
}
END_TEST

START_TEST(up_to_three_flipped_bits_and_any_burst_show)
{
    struct random random = random_named(1, "crc32c", "flips");
    uint8_t bytes[ROOM], flipped[ROOM];
    draw(&random, bytes);
    uint32_t before = crc32c(0, bytes, ROOM);
    for (int i = 0; i < 20000; i++) {
        memcpy(flipped, bytes, ROOM);
        uint32_t flips = 1 + (uint32_t)random_below(&random, 3);
        for (uint32_t k = 0; k < flips; k++) {
            uint64_t bit = random_below(&random, 8 * ROOM);
            flipped[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        if (i % 2) flipped[random_below(&random, ROOM - 3)] ^= 0x5a;
        if (memcmp(bytes, flipped, ROOM) != 0) ck_assert_uint_ne(crc32c(0, flipped, ROOM), before);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("crc32c");
    TCase *c = tcase_create("checksums");
    tcase_add_test(c, the_vectors_of_the_standard_hold);
    tcase_add_test(c, parts_make_the_whole_at_any_alignment);
    tcase_add_test(c, up_to_three_flipped_bits_and_any_burst_show);
    suite_add_tcase(s, c);
    return test_main(s);
}
