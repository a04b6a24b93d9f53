/* SPDX-License-Identifier: MIT */
/* Records of video questions without sound: as published, odd, malformed, apart. */
#include "base/alloc.h"
#include "store/annotations/annotations.h"
#include "tests/unit/check.h"

#include <string.h>

enum { MOST_FILES = 4 };

/* The texts as files f0, f1, ... up to a NULL. */
static AqErr read_texts(const char *const *texts, AqAnnotations **out)
{
    static const char *const names[MOST_FILES] = {"f0", "f1", "f2", "f3"};
    AqAnnotationText v[MOST_FILES];
    size_t n = 0;

    for (; n < MOST_FILES && texts[n]; n++)
        v[n] = (AqAnnotationText){names[n], texts[n], strlen(texts[n])};
    return aq_annotations_parse_texts(v, n, NULL, NULL, out);
}

static AqAnnotations *read_files(const char *a, const char *b)
{
    const char *const texts[] = {a, b, NULL};
    AqAnnotations *l = NULL;

    CHECK_OK(read_texts(texts, &l));
    return l;
}

static void check_one(const AqAnnotation *a, const char *video, const char *also,
                      const char *kind, const char *answer)
{
    assert_string_equal(a->video, video);
    assert_string_equal(a->also, also);
    assert_string_equal(a->modality, "Visual");
    assert_string_equal(a->kind, kind);
    assert_string_equal(a->answer, answer);
    assert_string_equal(a->question, a->template_);
}

static void check_fault(const AqAnnotations *l, size_t k, size_t index, const char *id,
                        const char *reason)
{
    assert_true(k < l->n_faults);
    assert_int_equal(l->faults[k].index, index);
    assert_string_equal(l->faults[k].id, id);
    if (!strstr(l->faults[k].reason, reason))
        fail_msg("fault %zu: \"%s\" without \"%s\"", k, l->faults[k].reason, reason);
}

#define MSVD(id, video, question)                                                      \
    "{\"id\": " id ", \"video_id\": " video ", \"question\": \"" question              \
    "\", \"answer\": \"ball\"}"

static void msvds_numbers_become_names(void **state)
{
    AqAnnotations *l = read_files(
        "[" MSVD("0", "12", "what is a dog chasing?") "," MSVD(
            "1", "3", "When do whales sing?") "," MSVD("2", "-1",
                                                       "who?") "," MSVD("3", "4",
                                                                        "is it?") "]",
        NULL);

    (void)state;
    assert_string_equal(l->files[0].layout, "msvd-qa");
    assert_int_equal(l->n, 3);
    check_one(&l->v[0], "vid12", "12", "What", "ball");
    check_one(&l->v[1], "vid3", "3", "When", "ball");
    check_one(&l->v[2], "vid4", "4", "Other", "ball");
    assert_int_equal(l->v[1].question_id, 1);
    assert_string_equal(l->v[1].id, "1");
    check_fault(l, 0, 2, "2", "no number");
    aq_annotations_free(&l);
}

static void the_mapping_names_msvds_files(void **state)
{
    static const char questions[] =
        "[" MSVD("0", "12", "what?") "," MSVD("1", "13", "who?") "]";
    static const char map[] = "-4wsuPCjDBc_5_15 vid12\r\nAbC_1_2 vid7\n\nno pair\n"
                              "a/b vid3\n";

    (void)state;
    for (int order = 0; order < 2; order++) {
        AqAnnotations *l =
            order ? read_files(map, questions) : read_files(questions, map);
        const AqAnnotationFile *names = &l->files[order ? 0 : 1];

        assert_int_equal(l->n, 2);
        check_one(&l->v[0], "-4wsuPCjDBc_5_15", "vid12", "What", "ball");
        check_one(&l->v[1], "vid13", "13", "Who", "ball");
        assert_string_equal(names->layout, "msvd-names");
        assert_string_equal(names->form, "names");
        assert_int_equal(names->n, 0);
        assert_int_equal(names->n_skipped, 2);
        check_fault(l, 0, 3, "", "no name and");
        check_fault(l, 1, 4, "", "cannot be a file's");
        assert_int_equal(l->faults[1].line, 5);
        aq_annotations_free(&l);
    }
}

static void msrvtt_is_told_by_its_categories(void **state)
{
    AqAnnotations *l = read_files(
        "[{\"answer\": \"couch\", \"category_id\": 14, \"id\": 0, \"question\": "
        "\"where does a man sit?\", \"video_id\": 0},"
        "{\"answer\": \"\", \"category_id\": 14, \"id\": 1, \"question\": \"how?\", "
        "\"video_id\": 1}]",
        NULL);

    (void)state;
    assert_string_equal(l->files[0].layout, "msrvtt-qa");
    assert_int_equal(l->n, 1);
    check_one(&l->v[0], "video0", "0", "Where", "couch");
    check_fault(l, 0, 1, "1", "answer");
    aq_annotations_free(&l);
}

#define ASKED(video, id)                                                               \
    "{\"video_name\": \"" video "\", \"question\": \"is the boy indoors\", "           \
    "\"question_id\": \"" id "\"}"
#define ANSWERED(answer, type, id)                                                     \
    "{\"answer\": \"" answer "\", \"type\": " type ", \"question_id\": \"" id "\"}"

static void activitynets_answers_join(void **state)
{
    static const char questions[] =
        "[" ASKED("-bcdefghijk", "-bcdefghijk_4") "," ASKED("_b", "_b_1") "," ASKED(
            "c", "c_1") "," ASKED("d", "d_1") ",{\"video_name\": \"e\", "
                                              "\"question\": \"q\"}]";
    static const char answers[] =
        "[" ANSWERED("pull up", "1", "_b_1") "," ANSWERED("no", "3", "-bcdefghijk_4") "," ANSWERED(
            "x", "9",
            "c_1") "," ANSWERED("one", "7",
                                "d_1") "," ANSWERED("two", "7",
                                                    "d_1") "," ANSWERED("x", "0",
                                                                        "nobody") "]";

    (void)state;
    for (int order = 0; order < 2; order++) {
        AqAnnotations *l =
            order ? read_files(answers, questions) : read_files(questions, answers);
        const size_t q = order ? 1 : 0;

        assert_int_equal(l->n, 2);
        check_one(&l->v[0], "-bcdefghijk", "v_-bcdefghijk", "Free Yes/No", "no");
        check_one(&l->v[1], "_b", "v__b", "Spatial", "pull up");
        assert_string_equal(l->v[0].id, "-bcdefghijk_4");
        assert_int_equal(l->v[0].question_id, -1);
        assert_int_equal(l->files[q].n, 2);
        assert_int_equal(l->files[q].n_skipped, 3);
        assert_int_equal(l->files[1 - q].n, 0);
        assert_int_equal(l->files[1 - q].n_skipped, 2);
        assert_int_equal(l->n_faults, 5);
        assert_int_equal(l->n_skipped, 5);
        check_fault(l, order ? 1 : 0, 4, "", "no question_id");
        check_fault(l, order ? 0 : 1, 2, "c_1", "0 to 8");
        check_fault(l, 2, 2, "c_1", "no answer has its");
        check_fault(l, 3, 3, "d_1", "several answers");
        check_fault(l, 4, 5, "nobody", "no question has its");
        aq_annotations_free(&l);
    }
}

/* Records of a further file stay where they are in the list. */
static void other_files_stand_between(void **state)
{
    const char *const texts[] = {"[" ASKED("a", "a_0") "," ASKED("b", "b_0") "]",
                                 "[" MSVD("5", "1", "who?") "]",
                                 "[" ANSWERED("yes", "3", "b_0") "]", NULL};
    AqAnnotations *l = NULL;

    (void)state;
    CHECK_OK(read_texts(texts, &l));
    assert_int_equal(l->n, 2);
    assert_int_equal(l->files[0].n, 1);
    assert_int_equal(l->files[1].n, 1);
    assert_string_equal(l->v[0].video, "b");
    assert_string_equal(l->v[1].video, "vid1");
    aq_annotations_free(&l);
}

static void half_of_activitynet_says_what_is_missing(void **state)
{
    static const struct {
        const char *text, *wanted;
    } all[] = {{"[" ASKED("a", "a_0") "]", "train_a.json"},
               {"[" ANSWERED("yes", "3", "a_0") "]", "train_q.json"}};
    AqAnnotations *l = NULL;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(aq_annotations_parse(all[k].text, strlen(all[k].text),
                                              "x.json", NULL, NULL, &l),
                         AQ_ERR_USAGE);
        assert_null(l);
        assert_non_null(strstr(aq_err_text(), all[k].wanted));
    }
}

#define CHOICE_HEAD "gif_name\tquestion\ta1\ta2\ta3\ta4\ta5\tanswer\tvid_id\tkey\n"

static void tgifs_choices_are_read(void **state)
{
    AqAnnotations *l = read_files(
        CHOICE_HEAD
        "tumblr_a_400\tWhat does the \"man do 4 times ?\tsit\trun\tnod\thop\tbow\t2\tACTION4\t18\r\n"
        "tumblr_b_500\tWhat does he do before ?\ta\tb\tc\td\te\t0\tTRANS9\t7\n"
        "tumblr_c\tWhat does he do ?\ta\tb\tc\td\te\t5\tACTION5\t7\n"
        "tumblr_c\tWhat does he do ?\ta\tb\tc\t\te\t1\tACTION6\t7\n"
        "tumblr_c\tWhat does he do ?\ta\tb\tc\td\t1\tACTION7\t7\n"
        "tumblr_c\tWhat does he do 3 times ?\ta\tb\tc\td\te\t1\tx\tno\n",
        NULL);

    (void)state;
    assert_string_equal(l->files[0].layout, "tgif-qa");
    assert_string_equal(l->files[0].form, "TSV");
    assert_int_equal(l->n, 3);
    check_one(&l->v[0], "tumblr_a_400", "18", "Action", "nod");
    assert_string_equal(l->v[0].question, "What does the \"man do 4 times ?");
    assert_int_equal(l->v[0].task, AQ_TASK_CHOICE);
    assert_int_equal(l->v[0].n_choices, 5);
    assert_string_equal(l->v[0].choices[4], "bow");
    assert_string_equal(l->v[0].id, "ACTION4");
    check_one(&l->v[1], "tumblr_b_500", "7", "Transition", "a");
    check_one(&l->v[2], "tumblr_c", "", "Action", "b");
    check_fault(l, 0, 2, "ACTION5", "none of its choices");
    check_fault(l, 1, 3, "ACTION6", "five answers");
    check_fault(l, 2, 4, "7", "fields");
    assert_int_equal(l->faults[2].line, 6);
    aq_annotations_free(&l);
}

static void tgifs_counts_and_frames_are_read(void **state)
{
    AqAnnotations *l =
        read_files("gif_name\tquestion\tanswer\tvid_id\tkey\n"
                   "g\tHow many times does he nod ?\t3\tCOUNT7\t16\n"
                   "g\tHow many times ?\tthree\tCOUNT8\t16\n",
                   "gif_name\tquestion\tanswer\ttype\tvid_id\tkey\tdescription\n"
                   "h\twhat is red ?\tcar\t0\tFRAMEQA1\t5\ta red car .\n"
                   "h\thow many ?\ttwo\t1\tFRAMEQA2\t5\tx\n"
                   "h\twhat color ?\tred\t2\tFRAMEQA3\t5\tx\n"
                   "h\twhere ?\tpark\t3\tFRAMEQA4\t5\tx\n"
                   "h\twhere ?\tpark\t4\tFRAMEQA5\t5\tx\n");
    static const char *const kinds[] = {"Frame Object", "Frame Number", "Frame Color",
                                        "Frame Location"};

    (void)state;
    assert_int_equal(l->n, 5);
    check_one(&l->v[0], "g", "16", "Count", "3");
    assert_int_equal(l->v[0].task, AQ_TASK_COUNT);
    for (size_t k = 0; k < 4; k++) {
        assert_string_equal(l->v[k + 1].kind, kinds[k]);
        assert_int_equal(l->v[k + 1].task, AQ_TASK_OPEN);
    }
    check_fault(l, 0, 1, "COUNT8", "no count");
    check_fault(l, 1, 4, "FRAMEQA5", "0 to 3");
    aq_annotations_free(&l);
}

static void four_or_six_choices_are_a_fault(void **state)
{
    static const char *const texts[] = {
        "gif_name\tquestion\ta1\ta2\ta3\ta4\tanswer\tvid_id\tkey\n"
        "g\tq\ta\tb\tc\td\t1\tACTION1\t1\n",
        "gif_name\tquestion\ta1\ta2\ta3\ta4\ta5\ta6\tanswer\tvid_id\tkey\n"
        "g\tq\ta\tb\tc\td\te\tf\t1\tACTION1\t1\n"};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqAnnotations *l = read_files(texts[k], NULL);

        assert_int_equal(l->n, 0);
        check_fault(l, 0, 0, "ACTION1", k ? "more than five" : "fewer than five");
        aq_annotations_free(&l);
    }
}

static void just_asks_tables_are_read(void **state)
{
    AqAnnotations *l =
        read_files("question,answer,category_id,video_id,id,type\n"
                   "what color is it?,red,14,6513,158581,2\n"
                   "who sings?,man,14,6514,158582,9\n",
                   "question,answer,video_id,type\n"
                   "\"is it red, or not\",yes,-bcdefghijk,3\nwhat is it,x,_b,8\n");

    (void)state;
    assert_string_equal(l->files[0].layout, "just-ask");
    assert_string_equal(l->files[1].layout, "just-ask");
    assert_int_equal(l->n, 3);
    check_one(&l->v[0], "video6513", "6513", "Color", "red");
    assert_int_equal(l->v[0].question_id, 158581);
    check_one(&l->v[1], "-bcdefghijk", "v_-bcdefghijk", "Free Yes/No", "yes");
    check_one(&l->v[2], "_b", "v__b", "Free Other", "x");
    check_fault(l, 0, 1, "158582", "0 to 5");
    aq_annotations_free(&l);
    l = read_files("question,answer,video_id,id,type\nwho?,man,12,3,4\n", NULL);
    check_one(&l->v[0], "vid12", "12", "Who", "man");
    aq_annotations_free(&l);
}

/* One's own tables with the same columns stay one's own. */
static void types_that_are_words_are_ones_own(void **state)
{
    AqAnnotations *l = read_files(
        "question,answer,video_id,type\nhow many?,two,a,Visual Counting\n",
        "[{\"video_id\": 5, \"id\": 1, \"question\": \"q\", \"answer\": \"a\", "
        "\"type\": \"Audio\"}]");

    (void)state;
    assert_string_equal(l->files[0].layout, "plain");
    assert_string_equal(l->files[1].layout, "plain");
    assert_string_equal(l->v[0].kind, "Counting");
    aq_annotations_free(&l);
}

static void of_five_answers_the_commonest_is_right(void **state)
{
    AqAnnotations *l =
        read_files("video_id,question,answer1,answer2,answer3,answer4,answer5\n"
                   "x,what is cut?,leek,onion,onion,shallot,leek\n"
                   "x,how is it cut?,thin,thinly,fine,finely,finely\nx,who?,a,b,,d,e\n",
                   NULL);

    (void)state;
    assert_string_equal(l->files[0].layout, "ivqa");
    assert_int_equal(l->n, 2);
    check_one(&l->v[0], "x", "", "What", "leek");
    check_one(&l->v[1], "x", "", "How", "finely");
    check_fault(l, 0, 2, "", "answer1 to answer5");
    aq_annotations_free(&l);
}

static void pickles_are_refused_by_name(void **state)
{
    static const struct {
        const char *text;
        size_t bytes;
        const char *says;
    } all[] = {{"\x80\x03}q\0.", 6, "Python pickle, as HCRN's"},
               {"\x80\x05", 2, "Train_*_question.csv"},
               {"PK\3\4\0\0", 6, "PyTorch or ZIP"},
               {"\x1f\x8b\x08", 3, "gunzip"},
               {"\x89HDF\r\n", 6, "store import"},
               {"\xff\xfe[\0", 4, "UTF-16"}};
    AqAnnotations *l = NULL;

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        assert_int_equal(
            aq_annotations_parse(all[k].text, all[k].bytes, "q.pt", NULL, NULL, &l),
            AQ_ERR_FORMAT);
        if (!strstr(aq_err_text(), all[k].says))
            fail_msg("file %zu: %s", k, aq_err_text());
    }
}

static void tables_without_their_columns_stop_it(void **state)
{
    static const char *const bad[] = {"gif_name\tanswer\nx\ty\n", "a\tb\n\xff\t\n",
                                      "question\tanswer\ttype\n"};
    AqAnnotations *l = NULL;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(
            aq_annotations_parse(bad[k], strlen(bad[k]), "x.csv", NULL, NULL, &l),
            AQ_ERR_FORMAT);
        assert_non_null(strstr(aq_err_text(), "is missing"));
    }
}

/* Every allocation of ours in turn. */
static void memory_may_run_out_of_them(void **state)
{
    static const char *const all[][3] = {
        {"[" ASKED("a", "a_0") "," ASKED("b", "b_0") "]",
         "[" ANSWERED("yes", "3", "b_0") "," ANSWERED("no", "3", "c_0") "]", NULL},
        {"[" MSVD("0", "12", "what?") "]", "a vid12\nb\n", NULL},
        {CHOICE_HEAD "g\tq\ta\tb\tc\td\te\t1\tACTION1\t1\n", NULL}};

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        AqErr err = AQ_ERR_NOMEM;

        for (long n = 1; err != AQ_OK; n++) {
            AqAnnotations *l = NULL;

            assert_true(n < 1000);
            aq_alloc_fail_after(n);
            err = read_texts(all[k], &l);
            aq_alloc_fail_after(0);
            assert_true(err == AQ_OK ? l != NULL : l == NULL && err == AQ_ERR_NOMEM);
            aq_annotations_free(&l);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(msvds_numbers_become_names),
        cmocka_unit_test(the_mapping_names_msvds_files),
        cmocka_unit_test(msrvtt_is_told_by_its_categories),
        cmocka_unit_test(activitynets_answers_join),
        cmocka_unit_test(other_files_stand_between),
        cmocka_unit_test(half_of_activitynet_says_what_is_missing),
        cmocka_unit_test(tgifs_choices_are_read),
        cmocka_unit_test(tgifs_counts_and_frames_are_read),
        cmocka_unit_test(four_or_six_choices_are_a_fault),
        cmocka_unit_test(just_asks_tables_are_read),
        cmocka_unit_test(types_that_are_words_are_ones_own),
        cmocka_unit_test(of_five_answers_the_commonest_is_right),
        cmocka_unit_test(pickles_are_refused_by_name),
        cmocka_unit_test(tables_without_their_columns_stop_it),
        cmocka_unit_test(memory_may_run_out_of_them)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
