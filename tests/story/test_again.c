/* Reports of failures: the place where a run aborted, and the command line that reproduces it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/experiment/replay.h"
#include "base/last_words.h"
#include "sim/aborting.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"

/* ---- aborts -------------------------------------------------------------------------------- */

/* Where node b aborts. */
enum place { IN_MESSAGE, IN_TIMER, IN_PEER, IN_COMPLETION, BETWEEN };

struct actor {
    struct transport *t;
    bool victim;
};

static enum place aborts_in;

static void compute(void *argument)
{
    (void)argument;
}

static void actor_init(void *node, struct transport *t)
{
    struct actor *a = node;
    a->t = t;
    if (a->victim) {
        t->ops->timer_set(t, 3, 20000);
        t->ops->work(t, compute, NULL, 30000, 1);
        return;
    }
    transport_send_one(t, 1, transport_message_new(t, sizeof(struct message) + 8, MESSAGE_PROBE));
}

static void abort_in(const struct actor *a, enum place place)
{
    if (a->victim && aborts_in == place) abort();
}

static void actor_message(void *node, struct message *m)
{
    (void)m;
    abort_in(node, IN_MESSAGE);
}

static void actor_timer(void *node, uint32_t timer)
{
    (void)timer;
    abort_in(node, IN_TIMER);
}

static void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)cookie;
    (void)how;
    abort_in(node, IN_COMPLETION);
}

static void actor_peer(void *node, uint32_t peer, bool up)
{
    (void)peer;
    (void)up;
    abort_in(node, IN_PEER);
}

static const struct node_ops actor_ops = {actor_init, actor_message, actor_timer, actor_completion,
                                          actor_peer, NULL,          NULL};

/* Two nodes; a crashes after 40 us. */
static void run_and_abort(void)
{
    struct error e;
    struct actor actors[2] = {{.victim = false}, {.victim = true}};
    struct sim *s = sim_create(&(struct sim_config){
        .seed = 1,
        .model = model_parse("link.latency = constant 10us\nlink.bandwidth = 0\n"
                             "cpu.receive = 0ns\ncpu.send = 0ns\ncpu.per_kib = 0ns\n"
                             "connection.timeout = 5us\n",
                             "model", &e),
        .faults = faults_parse("at 40us crash a\n", "faults", &e)});
    sim_add_node(s, &(struct sim_node_config){.ops = &actor_ops, .state = &actors[0], .name = "a"});
    sim_add_node(s, &(struct sim_node_config){.ops = &actor_ops, .state = &actors[1], .name = "b"});
    last_words_again("aviary run --seed=7");
    aborting_watch(s);
    if (sim_start(s, &e) < 0) _exit(1);
    sim_run(s, 1000000, NULL);
    abort();
}

/* The standard error of a process that aborts there; it ends by SIGABRT. */
static const char *abort_report(enum place place)
{
    static char text[1024];
    int ends[2], status;
    size_t count = 0;
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        aborts_in = place;
        run_and_abort();
    }
    close(ends[1]);
    ssize_t got;
    while ((got = read(ends[0], text + count, sizeof(text) - 1 - count)) > 0) count += (size_t)got;
    text[count] = 0;
    close(ends[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    return text;
}

START_TEST(an_abort_reports_node_time_and_handler)
{
    ck_assert_str_eq(abort_report(IN_MESSAGE),
                     "aborted in b at 0.000010000 s of virtual time, handling probe from a\n"
                     "again: aviary run --seed=7\n");
    ck_assert_str_eq(abort_report(IN_TIMER),
                     "aborted in b at 0.000020000 s of virtual time, handling timer 3\n"
                     "again: aviary run --seed=7\n");
    ck_assert_str_eq(abort_report(IN_COMPLETION),
                     "aborted in b at 0.000030000 s of virtual time, handling a completion\n"
                     "again: aviary run --seed=7\n");
    ck_assert_str_eq(abort_report(IN_PEER),
                     "aborted in b at 0.000045000 s of virtual time, handling peer a down\n"
                     "again: aviary run --seed=7\n");
    ck_assert_str_eq(abort_report(BETWEEN),
                     "aborted between two events, at 0.001000000 s of virtual time\n"
                     "again: aviary run --seed=7\n");
}
END_TEST

/* ---- command lines ------------------------------------------------------------------------- */

/* The command line that repeats one run of `aviary COMMAND ARGUMENT...`. */
static char *replay(const struct experiment_command *command, int argc, char **argv)
{
    struct experiment x;
    struct error e = {""};
    ck_assert_msg(experiment_parse(&x, argc, argv, command, &e) == 0, "%s", e.text);
    char *line = replay_line(&x);
    experiment_finish(&x);
    return line;
}

START_TEST(words_of_the_command_line_are_quoted_for_a_shell)
{
    char *argv[] = {"run", "-m", "a b:c=d$", "--db", "it's",     "-w", "kv:keys=5,write=20%",
                    "-k",  "2",  "--seed",   "9",    "--history"};
    char *line = replay(&simulation_command, sizeof(argv) / sizeof(argv[0]), argv);
    ck_assert_str_eq(line, "aviary run -s ssmr -k 2 --workload=kv:keys=5,write=20% "
                           "--seed=9 --history '--db=it'\\''s' '--model=a b:c=d$'");
    free(line);
}
END_TEST

/* A shell splits the line into the words that were given. */
START_TEST(a_shell_splits_the_line_into_the_same_words)
{
    char *argv[] = {"run", "-m", " '\"\\`$(x);&|<>*?[a]~#!\n\t\303\251", NULL};
    char *line = replay(&simulation_command, 3, argv);
    char command[512], got[512];
    snprintf(command, sizeof(command), "aviary() { printf '%%s/' \"$@\"; }; %s", line);
    FILE *shell = popen(command, "r");
    ck_assert_ptr_nonnull(shell);
    got[fread(got, 1, sizeof(got) - 1, shell)] = 0;
    ck_assert_int_eq(pclose(shell), 0);
    ck_assert_str_eq(got, "run/-s/ssmr/-k/2/--model= '\"\\`$(x);&|<>*?[a]~#!\n\t\303\251/");
    free(line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("again");
    TCase *c = tcase_create("again");
    tcase_add_test(c, an_abort_reports_node_time_and_handler);
    tcase_add_test(c, words_of_the_command_line_are_quoted_for_a_shell);
    tcase_add_test(c, a_shell_splits_the_line_into_the_same_words);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
