/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/desk/examples.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <string.h>

#define SLOT "<Object>"

/* Every "<" begins a slot for an object, and such objects are known. */
static int can_be_filled(const char *template_, const AqPresence *p)
{
    for (const char *s = template_; (s = strchr(s, '<')) != NULL; s++)
        if (!p || p->objects.n == 0 || strncmp(s, SLOT, strlen(SLOT)) != 0)
            return 0;
    return 1;
}

/* The template with objects in its slots, from number `turn` on, and underscores as
 * blanks. Gives; NULL when out of memory. */
static char *fill_template(const char *template_, const AqPresence *p, size_t turn)
{
    char *text = aq_strdup("");

    while (text) {
        const char *slot = strstr(template_, SLOT);
        const int n = (int)(slot ? slot - template_ : (long)strlen(template_));
        const char *object = slot ? p->objects.at[turn++ % p->objects.n] : "";
        char *longer = aq_strf("%s%.*s%s", text, n, template_, object);

        aq_free(text);
        text = longer;
        if (!slot)
            break;
        template_ = slot + strlen(SLOT);
    }
    return text;
}

static size_t count_fillable(json_t *templates, const AqPresence *p)
{
    const char *template_;
    json_t *answer;
    size_t n = 0;

    json_object_foreach(templates, template_, answer) n += can_be_filled(template_, p);
    return n;
}

AqErr aq_desk_examples(const AqModel *m, json_t **out)
{
    const AqPresence *p = m->limits.presence;
    char *floor = NULL;
    const char *template_;
    json_t *answer;
    size_t seen = 0, taken = 0;
    AqErr err = aq_floor_to_json(m->floor, &floor);
    json_t *root = err == AQ_OK ? json_loads(floor, 0, NULL) : NULL,
           *templates = json_object_get(root, "templates");
    const size_t n = count_fillable(templates, p);

    *out = json_array();
    json_object_foreach(templates, template_, answer)
    {
        if (err != AQ_OK || !can_be_filled(template_, p))
            continue;
        if (seen++ * AQ_DESK_MOST_EXAMPLES < taken * n)
            continue; /* not yet the next */
        char *text = fill_template(template_, p, taken++);

        err = text ? AQ_OK : AQ_ERR_NOMEM;
        if (text)
            (void)json_array_append_new(*out, aq_json_string(text, strlen(text)));
        aq_free(text);
    }
    json_decref(root);
    aq_free(floor);
    if (err != AQ_OK) {
        json_decref(*out);
        *out = NULL;
    }
    return err;
}
