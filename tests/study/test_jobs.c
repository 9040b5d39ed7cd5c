/* Jobs in processes of their own: reports, and what becomes of jobs that end without one. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/study/jobs.h"
#include "tests/lib/harness.h"

enum { LARGE = 1 << 20 }; /* more than a pipe holds */

struct report {
    uint32_t square;
    pid_t process;
    char rest[LARGE];
};

static struct report report;
static struct error error;

static void square(void *context, uint32_t number, void *place)
{
    struct report *r = place;
    r->square = number * number + *(uint32_t *)context;
    r->process = getpid();
    r->rest[LARGE - 1] = 'e';
}

static void start(struct jobs *j, uint32_t number,
                  void (*work)(void *context, uint32_t number, void *report))
{
    static uint32_t offset = 1000;
    ck_assert_msg(jobs_start(j, number, work, &offset, &error) == 0, "%s", error.text);
}

START_TEST(reports_come_back_from_processes_of_their_own)
{
    struct jobs *j = jobs_create(2, sizeof(report));
    uint32_t sum = 0, started = 0, number;
    for (uint32_t ended = 0; ended < 5; ended++) {
        while (started < 5 && !jobs_full(j)) start(j, started++, square);
        ck_assert_uint_le(jobs_running(j), 2);
        int got = -1;
        while (got < 0) got = jobs_wait(j, &number, &report, &error);
        ck_assert_int_eq(got, 1);
        ck_assert_uint_eq(report.square, 1000 + number * number);
        ck_assert_int_eq(report.rest[LARGE - 1], 'e');
        ck_assert_int_ne(report.process, getpid());
        sum += number;
    }
    ck_assert_uint_eq(sum, 0 + 1 + 2 + 3 + 4);
    ck_assert_uint_eq(jobs_running(j), 0);
    jobs_destroy(j);
}
END_TEST

static void die(void *context, uint32_t number, void *place)
{
    (void)context, (void)number, (void)place;
    kill(getpid(), SIGKILL);
}

static void leave(void *context, uint32_t number, void *place)
{
    (void)context, (void)number, (void)place;
    _exit(7);
}

START_TEST(a_job_that_dies_takes_nothing_with_it)
{
    struct jobs *j = jobs_create(3, sizeof(report));
    uint32_t number, reports = 0;
    start(j, 0, die);
    start(j, 1, leave);
    start(j, 2, square);
    while (jobs_running(j)) {
        int got = jobs_wait(j, &number, &report, &error);
        if (got < 0) continue;
        reports += got > 0;
        if (number == 0) ck_assert_str_eq(error.text, "its process ended early (signal 9)");
        if (number == 1) ck_assert_str_eq(error.text, "its process ended early (exit status 7)");
        ck_assert_int_eq(got, number == 2);
    }
    ck_assert_uint_eq(reports, 1);
    jobs_destroy(j);
}
END_TEST

static void wait_for_ever(void *context, uint32_t number, void *place)
{
    (void)context, (void)number, (void)place;
    for (;;) pause();
}

START_TEST(destroying_ends_what_runs)
{
    struct jobs *j = jobs_create(2, sizeof(report));
    start(j, 0, wait_for_ever);
    start(j, 1, wait_for_ever);
    jobs_destroy(j);
    ck_assert_int_eq(wait(NULL), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static volatile sig_atomic_t rung;

static void on_alarm(int number)
{
    (void)number;
    rung = 1;
}

/* So that Ctrl-C does not wait for the end of a long run. */
START_TEST(a_signal_ends_the_wait)
{
    struct jobs *j = jobs_create(1, sizeof(report));
    uint32_t number;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    start(j, 0, wait_for_ever);
    setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 10000}, NULL);
    ck_assert_int_eq(jobs_wait(j, &number, &report, &error), -1);
    ck_assert(rung);
    ck_assert_uint_eq(jobs_running(j), 1);
    jobs_destroy(j);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs");
    TCase *c = tcase_create("jobs");
    tcase_add_test(c, reports_come_back_from_processes_of_their_own);
    tcase_add_test(c, a_job_that_dies_takes_nothing_with_it);
    tcase_add_test(c, destroying_ends_what_runs);
    tcase_add_test(c, a_signal_ends_the_wait);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
