/*
 * Who owns what: stories of variables that are moved, lent, created and deleted, as the replicas of
 * p0, p1 and p2 report them, and each rule broken once. x starts in p0, y in p1, z does not exist.
 * A timestamp is that of the multicast that decided the step; reports come one millisecond apart.
 */
#include "analysis/check/owners.h"

#include "tests/lib/harness.h"

enum { X, Y, Z, VARIABLES };

static const struct topology topology = {.groups = 4, .replicas = 2, .clients = 1, .oracle = true};
static const uint16_t places[VARIABLES] = {0, 1, PLACE_NONE};
static const struct variables variables = {.count = VARIABLES, .place = places};
static const bool everybody[GROUPS_MAX] = {true, true, true, true};

static struct catalogue names;
static struct ledger ledger;
static struct owners owners;
static uint64_t clock_ns;

static void set_up(void)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.variables, "y", 1);
    names_intern(names.variables, "z", 1);
    ledger_init(&ledger, &names, &topology, LEDGER_CASTS);
    owners_init(&owners, &ledger, &topology, &variables);
    clock_ns = 0;
}

static void tear_down(void)
{
    owners_finish(&owners);
    ledger_finish(&ledger);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

/* ---- what replicas report ------------------------------------------------------------------- */

static bool report(enum ownership what, uint32_t group, uint32_t other, uint32_t variable,
                   uint64_t timestamp)
{
    clock_ns += 1000000;
    return owners_event(&owners, clock_ns,
                        &(struct ownership_event){what, group, other, variable, timestamp});
}

static void gives(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_GIVEN, group, to, variable, timestamp));
}

/* Returns whether the variable has just come to another group. */
static bool takes(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp)
{
    return report(OWNERSHIP_TAKEN, group, from, variable, timestamp);
}

static void lends(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_LENT, group, to, variable, timestamp));
}

static void has_back(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_RETURNED, group, from, variable, timestamp));
}

static void creates(uint32_t group, uint32_t variable, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_CREATED, group, group, variable, timestamp));
}

static void deletes(uint32_t group, uint32_t variable, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_DELETED, group, group, variable, timestamp));
}

/* ---- what is expected ----------------------------------------------------------------------- */

/* All is fine but one property, which fails for that reason. */
static void assert_only(enum owners_property property, const char *reason)
{
    for (int i = 0; i < OWNERS_PROPERTIES; i++)
        if (i != (int)property)
            ck_assert_msg(owners.properties[i].result != RESULT_FAIL, "%s: %s",
                          owners.properties[i].name, owners.properties[i].reason);
    ck_assert_str_eq(owners.properties[property].reason, reason);
    ck_assert_int_eq(owners.properties[property].result, RESULT_FAIL);
}

static void assert_none_failed(void)
{
    for (int i = 0; i < OWNERS_PROPERTIES; i++)
        ck_assert_msg(owners.properties[i].result != RESULT_FAIL, "%s: %s",
                      owners.properties[i].name, owners.properties[i].reason);
}

/* ---- lives of variables --------------------------------------------------------------------- */

START_TEST(a_variable_moves_and_moves_on)
{
    gives(0, X, 1, 10);
    ck_assert(takes(1, X, 0, 10));
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    gives(2, X, 0, 30);
    ck_assert(takes(0, X, 2, 30));
    assert_none_failed();
}
END_TEST

START_TEST(a_variable_is_lent_again_and_again)
{
    for (uint64_t timestamp = 10; timestamp < 100; timestamp += 10) {
        lends(0, X, 1 + timestamp / 10 % 2, timestamp);
        has_back(0, X, 1 + timestamp / 10 % 2, timestamp);
    }
    gives(0, X, 1, 100);
    takes(1, X, 0, 100);
    lends(1, X, 0, 110);
    has_back(1, X, 0, 110);
    assert_none_failed();
}
END_TEST

START_TEST(a_variable_lives_and_dies_and_lives)
{
    creates(2, Z, 10);
    gives(2, Z, 0, 20);
    takes(0, Z, 2, 20);
    deletes(0, Z, 30);
    creates(1, Z, 40);
    deletes(1, Z, 50);
    assert_none_failed();
}
END_TEST

START_TEST(a_command_may_delete_what_it_was_lent_or_sent)
{
    lends(0, X, 1, 10);
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    gives(1, Y, 2, 20);
    takes(2, Y, 1, 20);
    deletes(2, Y, 20);
    creates(0, X, 30);
    lends(0, X, 1, 40);
    deletes(0, X, 40); /* nothing is left to be returned */
    assert_none_failed();
}
END_TEST

START_TEST(a_variable_nobody_knew_may_be_created)
{
    creates(1, 17, 10);
    lends(1, 17, 0, 20);
    has_back(1, 17, 0, 20);
    assert_none_failed();
}
END_TEST

/* ---- slow replicas -------------------------------------------------------------------------- */

START_TEST(slow_replicas_repeat_and_count_once)
{
    gives(0, X, 1, 10);
    ck_assert(takes(1, X, 0, 10));
    ck_assert(!takes(1, X, 0, 10));
    gives(0, X, 1, 10); /* the second replica of p0, after x has come to p1 */
    gives(1, X, 2, 20);
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    ck_assert(!takes(1, X, 0, 10)); /* p1's laggard */
    ck_assert(!takes(2, X, 1, 20));
    assert_none_failed();
}
END_TEST

START_TEST(a_very_slow_replica_tells_what_nobody_remembers)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    for (uint64_t timestamp = 20; timestamp < 60; timestamp += 10) {
        lends(1, X, 2, timestamp);
        has_back(1, X, 2, timestamp);
    }
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 10));
    for (uint64_t timestamp = 20; timestamp < 60; timestamp += 10) {
        lends(1, X, 2, timestamp);
        has_back(1, X, 2, timestamp);
    }
    assert_none_failed();
    gives(1, X, 0, 60); /* and the present has not been disturbed */
    ck_assert(takes(0, X, 1, 60));
    assert_none_failed();
}
END_TEST

START_TEST(a_slow_replica_that_remembers_it_differently_is_found)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    gives(0, X, 2, 10);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 10, at 0.003000000 s, but p1 took it "
                            "from p0 under timestamp 10");
}
END_TEST

START_TEST(a_step_between_two_that_followed_on_each_other_is_found)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    gives(1, X, 0, 30);
    gives(1, X, 2, 20);
    assert_only(OWNERS_ONE, "p1 gave x to p2 under timestamp 20, at 0.004000000 s, but p1 gave it "
                            "to p0 under timestamp 30");
}
END_TEST

START_TEST(a_take_may_be_told_before_the_give)
{
    /* p0 has sent x, and does not report before it has heard from all. */
    ck_assert(takes(1, X, 0, 10));
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 10));
    gives(0, X, 1, 10);
    owners_check(&owners, everybody, true);
    assert_none_failed();
}
END_TEST

START_TEST(a_give_to_another_than_who_took_is_found)
{
    takes(1, X, 0, 10);
    gives(0, X, 2, 10);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 10, at 0.002000000 s, but p1 took it "
                            "from p0 under timestamp 10");
}
END_TEST

START_TEST(an_owner_that_goes_on_after_its_variable_was_taken_is_found)
{
    takes(1, X, 0, 10);
    lends(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 lent x to p2 under timestamp 20, at 0.002000000 s, but p1 took "
                              "it from p0 under timestamp 10");
}
END_TEST

START_TEST(a_creation_may_even_be_told_before_the_loan_ended_that_deleted)
{
    lends(0, X, 1, 10);
    creates(2, X, 20);
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    lends(0, X, 1, 10); /* p0's other replica has all of it to tell */
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    gives(2, X, 1, 30);
    takes(1, X, 2, 30);
    owners_check(&owners, everybody, true);
    assert_none_failed();
}
END_TEST

START_TEST(a_creation_may_be_told_before_the_deletion_it_follows)
{
    /* The oracle knows of the deletion in p0, and p1 believes the oracle. */
    creates(1, X, 20);
    lends(1, X, 2, 30);
    deletes(0, X, 10);
    deletes(0, X, 10); /* p0's other replica */
    has_back(1, X, 2, 30);
    owners_check(&owners, everybody, true);
    assert_none_failed();
}
END_TEST

/* ---- one owner ------------------------------------------------------------------------------ */

START_TEST(giving_what_another_owns_is_found)
{
    gives(2, X, 1, 10);
    assert_only(OWNERS_ONE, "p2 gave x to p1 under timestamp 10, at 0.001000000 s, but p0 had it "
                            "from the start");
}
END_TEST

START_TEST(giving_twice_is_found)
{
    gives(0, X, 1, 10);
    gives(0, X, 2, 20);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 20, at 0.002000000 s, but p0 gave it "
                            "to p1 under timestamp 10");
}
END_TEST

START_TEST(giving_what_does_not_exist_is_found)
{
    gives(0, Z, 1, 10);
    assert_only(OWNERS_ONE, "p0 gave z to p1 under timestamp 10, at 0.001000000 s, but it did not "
                            "exist at the start");
}
END_TEST

START_TEST(taking_what_nobody_sent_is_found_in_the_end)
{
    ck_assert(takes(1, X, 0, 10));
    assert_none_failed();
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "p1 took x from p0 under timestamp 10, but p0 never gave it");
}
END_TEST

START_TEST(taking_from_who_does_not_own_it_is_found)
{
    ck_assert(!takes(1, X, 2, 10));
    assert_only(OWNERS_ONE, "p1 took x from p2 under timestamp 10, at 0.001000000 s, but p0 had it "
                            "from the start");
}
END_TEST

START_TEST(taking_what_was_sent_to_another_is_found)
{
    gives(0, X, 1, 10);
    ck_assert(!takes(2, X, 0, 10));
    assert_only(OWNERS_ONE, "p2 took x from p0 under timestamp 10, at 0.002000000 s, but p0 gave "
                            "it to p1 under timestamp 10");
}
END_TEST

START_TEST(taking_for_another_command_is_found)
{
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 20));
    assert_only(OWNERS_ONE, "p1 took x from p0 under timestamp 20, at 0.002000000 s, but p0 gave "
                            "it to p1 under timestamp 10");
}
END_TEST

START_TEST(creating_twice_is_found)
{
    creates(0, Z, 10);
    creates(0, Z, 20);
    assert_only(OWNERS_ONE, "p0 created z under timestamp 20, at 0.002000000 s, but p0 created it "
                            "under timestamp 10");
}
END_TEST

START_TEST(creating_what_is_on_its_way_is_found)
{
    gives(0, X, 1, 10);
    creates(1, X, 20);
    assert_only(OWNERS_ONE, "p1 created x under timestamp 20, at 0.002000000 s, but p0 gave it to "
                            "p1 under timestamp 10");
}
END_TEST

START_TEST(creating_what_another_group_never_deletes_is_found)
{
    creates(1, X, 20);
    assert_none_failed();
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "x was created under timestamp 20, but p0 had it and never deleted it");
}
END_TEST

START_TEST(an_owner_that_goes_on_after_another_creation_is_found)
{
    creates(1, X, 20);
    gives(0, X, 2, 30);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 30, at 0.002000000 s, but p1 created "
                            "it under timestamp 20");
}
END_TEST

START_TEST(deleting_what_another_owns_is_found)
{
    deletes(1, X, 10);
    assert_only(OWNERS_ONE, "p1 deleted x under timestamp 10, at 0.001000000 s, but p0 had it from "
                            "the start");
}
END_TEST

START_TEST(deleting_what_does_not_exist_is_found)
{
    deletes(0, X, 10);
    deletes(0, X, 20);
    assert_only(OWNERS_ONE, "p0 deleted x under timestamp 20, at 0.002000000 s, but p0 deleted it "
                            "under timestamp 10");
}
END_TEST

START_TEST(one_bad_step_is_one_failure)
{
    gives(2, X, 1, 10);
    takes(1, X, 2, 10);
    gives(1, X, 0, 20);
    ck_assert_uint_eq(owners.properties[OWNERS_ONE].failures, 1);
}
END_TEST

/* ---- loans ---------------------------------------------------------------------------------- */

START_TEST(lending_what_another_owns_is_found)
{
    lends(1, X, 2, 10);
    assert_only(OWNERS_LOANS, "p1 lent x to p2 under timestamp 10, at 0.001000000 s, but p0 had it "
                              "from the start");
}
END_TEST

START_TEST(lending_what_is_lent_is_found)
{
    lends(0, X, 1, 10);
    lends(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 lent x to p2 under timestamp 20, at 0.002000000 s, but p0 lent "
                              "it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_return_without_a_loan_is_found)
{
    has_back(0, X, 1, 10);
    assert_only(OWNERS_LOANS, "p0 had x back from p1 under timestamp 10, at 0.001000000 s, but p0 "
                              "had it from the start");
}
END_TEST

START_TEST(a_return_by_another_command_is_found)
{
    lends(0, X, 1, 10);
    has_back(0, X, 1, 20);
    assert_only(OWNERS_LOANS, "p0 had x back from p1 under timestamp 20, at 0.002000000 s, but p0 "
                              "lent it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_return_from_another_group_is_found)
{
    lends(0, X, 1, 10);
    has_back(0, X, 2, 10);
    assert_only(OWNERS_LOANS, "p0 had x back from p2 under timestamp 10, at 0.002000000 s, but p0 "
                              "lent it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_plan_that_takes_what_is_lent_is_found)
{
    lends(0, X, 1, 10);
    gives(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 gave x to p2 under timestamp 20, at 0.002000000 s, but p0 lent "
                              "it to p1 under timestamp 10");
}
END_TEST

START_TEST(deleting_what_another_command_was_lent_is_found)
{
    lends(0, X, 1, 10);
    deletes(0, X, 20);
    assert_only(OWNERS_LOANS, "p0 deleted x under timestamp 20, at 0.002000000 s, but p0 lent it "
                              "to p1 under timestamp 10");
}
END_TEST

/* ---- the end -------------------------------------------------------------------------------- */

/* x in p1, y in p1, z nowhere: what the groups and the oracle say is filled in by the test. */
static void move_x(void)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
}

static void oracle_believes(uint16_t x, uint16_t y, uint16_t z)
{
    owners_final_place(&owners, X, x);
    owners_final_place(&owners, Y, y);
    owners_final_place(&owners, Z, z);
}

START_TEST(all_where_it_should_be_is_fine)
{
    move_x();
    owners_final_owner(&owners, 1, X);
    owners_final_owner(&owners, 1, Y);
    oracle_believes(1, 1, PLACE_NONE);
    owners_check(&owners, everybody, true);
    ck_assert_int_eq(verdict_of(owners.properties, OWNERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(two_final_owners_are_found)
{
    owners_final_owner(&owners, 0, X);
    owners_final_owner(&owners, 2, X);
    assert_only(OWNERS_ONE, "in the end p0 and p2 both own x");
}
END_TEST

START_TEST(a_lost_variable_is_found)
{
    move_x();
    owners_final_owner(&owners, 1, Y);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE,
                "in the end no group owns x, but p1 took it from p0 under timestamp 10");
}
END_TEST

START_TEST(a_dead_group_takes_its_variables_along)
{
    bool operational[GROUPS_MAX] = {false, true, true, true};
    owners_final_owner(&owners, 1, Y);
    owners_check(&owners, operational, true);
    assert_none_failed();
}
END_TEST

START_TEST(a_variable_somewhere_else_is_found)
{
    owners_final_owner(&owners, 2, X);
    owners_final_owner(&owners, 1, Y);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "in the end p2 owns x, but p0 had it from the start");
}
END_TEST

START_TEST(a_variable_that_should_not_exist_is_found)
{
    owners_final_owner(&owners, 0, X);
    owners_final_owner(&owners, 1, Y);
    owners_final_owner(&owners, 1, Z);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "in the end p1 owns z, but it did not exist at the start");
}
END_TEST

START_TEST(a_variable_on_its_way_for_ever_is_found)
{
    gives(0, X, 1, 10);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "p0 gave x to p1 under timestamp 10, and that was its end");
}
END_TEST

START_TEST(a_lazy_move_may_stay_on_its_way_if_its_new_owner_knows)
{
    owners.lazy = true;
    gives(0, X, 1, 10);
    owners_final_owner(&owners, 1, X);
    owners_final_owner(&owners, 1, Y);
    oracle_believes(1, 1, PLACE_NONE);
    owners_check(&owners, everybody, true);
    ck_assert_int_eq(verdict_of(owners.properties, OWNERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(a_lazy_move_that_its_new_owner_forgot_is_found)
{
    owners.lazy = true;
    gives(0, X, 1, 10);
    owners_final_owner(&owners, 1, Y);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_ONE, "in the end no group owns x, but p0 gave it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_loan_for_ever_is_found)
{
    lends(0, X, 1, 10);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_LOANS, "p0 lent x to p1 under timestamp 10, and that was its end");
}
END_TEST

START_TEST(a_run_cut_off_proves_nothing)
{
    gives(0, X, 1, 10);
    lends(1, Y, 0, 20);
    owners_check(&owners, everybody, false);
    ck_assert_int_eq(owners.properties[OWNERS_ONE].result, RESULT_UNKNOWN);
    ck_assert_int_eq(owners.properties[OWNERS_LOANS].result, RESULT_UNKNOWN);
    ck_assert_str_eq(owners.properties[OWNERS_MAP].reason, "the run was cut off");
}
END_TEST

START_TEST(an_oracle_that_says_nothing_proves_nothing)
{
    owners_check(&owners, everybody, true);
    ck_assert_int_eq(owners.properties[OWNERS_ONE].result, RESULT_OK);
    ck_assert_int_eq(owners.properties[OWNERS_MAP].result, RESULT_UNKNOWN);
    ck_assert_str_eq(owners.properties[OWNERS_MAP].reason, "the oracle's map was not reported");
}
END_TEST

START_TEST(an_oracle_that_missed_a_move_is_found)
{
    move_x();
    oracle_believes(0, 1, PLACE_NONE);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_MAP,
                "the oracle believes x in p0, but p1 took it from p0 under timestamp 10");
}
END_TEST

START_TEST(an_oracle_that_forgot_a_variable_is_found)
{
    oracle_believes(PLACE_NONE, 1, PLACE_NONE);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_MAP, "the oracle knows no place of x, but p0 had it from the start");
}
END_TEST

START_TEST(an_oracle_that_believes_in_the_dead_is_found)
{
    deletes(0, X, 10);
    oracle_believes(0, 1, PLACE_NONE);
    owners_check(&owners, everybody, true);
    assert_only(OWNERS_MAP, "the oracle believes x in p0, but p0 deleted it under timestamp 10");
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

static void add_lives(Suite *suite)
{
    TCase *c = tcase_create("lives");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_variable_moves_and_moves_on);
    tcase_add_test(c, a_variable_is_lent_again_and_again);
    tcase_add_test(c, a_variable_lives_and_dies_and_lives);
    tcase_add_test(c, a_command_may_delete_what_it_was_lent_or_sent);
    tcase_add_test(c, a_variable_nobody_knew_may_be_created);
    suite_add_tcase(suite, c);
}

static void add_slow(Suite *suite)
{
    TCase *c = tcase_create("slow");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, slow_replicas_repeat_and_count_once);
    tcase_add_test(c, a_very_slow_replica_tells_what_nobody_remembers);
    tcase_add_test(c, a_slow_replica_that_remembers_it_differently_is_found);
    tcase_add_test(c, a_step_between_two_that_followed_on_each_other_is_found);
    tcase_add_test(c, a_take_may_be_told_before_the_give);
    tcase_add_test(c, a_give_to_another_than_who_took_is_found);
    tcase_add_test(c, an_owner_that_goes_on_after_its_variable_was_taken_is_found);
    tcase_add_test(c, a_creation_may_even_be_told_before_the_loan_ended_that_deleted);
    tcase_add_test(c, a_creation_may_be_told_before_the_deletion_it_follows);
    suite_add_tcase(suite, c);
}

static void add_one_owner(Suite *suite)
{
    TCase *c = tcase_create("one owner");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, giving_what_another_owns_is_found);
    tcase_add_test(c, giving_twice_is_found);
    tcase_add_test(c, giving_what_does_not_exist_is_found);
    tcase_add_test(c, taking_what_nobody_sent_is_found_in_the_end);
    tcase_add_test(c, taking_from_who_does_not_own_it_is_found);
    tcase_add_test(c, taking_what_was_sent_to_another_is_found);
    tcase_add_test(c, taking_for_another_command_is_found);
    tcase_add_test(c, creating_twice_is_found);
    tcase_add_test(c, creating_what_is_on_its_way_is_found);
    tcase_add_test(c, creating_what_another_group_never_deletes_is_found);
    tcase_add_test(c, an_owner_that_goes_on_after_another_creation_is_found);
    tcase_add_test(c, deleting_what_another_owns_is_found);
    tcase_add_test(c, deleting_what_does_not_exist_is_found);
    tcase_add_test(c, one_bad_step_is_one_failure);
    suite_add_tcase(suite, c);
}

static void add_loans(Suite *suite)
{
    TCase *c = tcase_create("loans");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, lending_what_another_owns_is_found);
    tcase_add_test(c, lending_what_is_lent_is_found);
    tcase_add_test(c, a_return_without_a_loan_is_found);
    tcase_add_test(c, a_return_by_another_command_is_found);
    tcase_add_test(c, a_return_from_another_group_is_found);
    tcase_add_test(c, a_plan_that_takes_what_is_lent_is_found);
    tcase_add_test(c, deleting_what_another_command_was_lent_is_found);
    suite_add_tcase(suite, c);
}

static void add_the_end(Suite *suite)
{
    TCase *c = tcase_create("the end");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, all_where_it_should_be_is_fine);
    tcase_add_test(c, two_final_owners_are_found);
    tcase_add_test(c, a_lost_variable_is_found);
    tcase_add_test(c, a_dead_group_takes_its_variables_along);
    tcase_add_test(c, a_variable_somewhere_else_is_found);
    tcase_add_test(c, a_variable_that_should_not_exist_is_found);
    tcase_add_test(c, a_variable_on_its_way_for_ever_is_found);
    tcase_add_test(c, a_lazy_move_may_stay_on_its_way_if_its_new_owner_knows);
    tcase_add_test(c, a_lazy_move_that_its_new_owner_forgot_is_found);
    tcase_add_test(c, a_loan_for_ever_is_found);
    tcase_add_test(c, a_run_cut_off_proves_nothing);
    tcase_add_test(c, an_oracle_that_says_nothing_proves_nothing);
    tcase_add_test(c, an_oracle_that_missed_a_move_is_found);
    tcase_add_test(c, an_oracle_that_forgot_a_variable_is_found);
    tcase_add_test(c, an_oracle_that_believes_in_the_dead_is_found);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("owners");
    add_lives(suite);
    add_slow(suite);
    add_one_owner(suite);
    add_loans(suite);
    add_the_end(suite);
    return test_main(suite);
}
