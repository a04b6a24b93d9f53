/* SPDX-License-Identifier: MIT */
/* What there is under which address. openapi.json describes the same. */
#include "pipeline/serve/serve_priv.h"

const AqHttpRoute aq_serve_routes[] = {
    {AQ_HTTP_GET, "/", aq_handle_page, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/*", aq_handle_page, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/openapi.json", aq_handle_page, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/status", aq_handle_status, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_POST, "/api/words", aq_handle_words, AQ_HTTP_JSON, 0},
    {AQ_HTTP_GET, "/api/clips", aq_handle_clips, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_POST, "/api/clips", aq_handle_upload, AQ_HTTP_FILE, 0},
    {AQ_HTTP_GET, "/api/clips/*", aq_handle_clip, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_DELETE, "/api/clips/*", aq_handle_clip_delete, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/clips/*/media", aq_handle_media, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/clips/*/sound", aq_handle_sound, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/clips/*/events", aq_handle_events, AQ_HTTP_NOTHING, 1},
    {AQ_HTTP_GET, "/api/clips/*/asks", aq_handle_clip_asks, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/clips/*/asks/*", aq_handle_clip_ask, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/clips/*/export", aq_handle_export, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_POST, "/api/ask", aq_handle_ask, AQ_HTTP_JSON_OR_FORM, 0},
    {AQ_HTTP_GET, "/api/asks", aq_handle_search, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_POST, "/api/feedback", aq_handle_feedback, AQ_HTTP_JSON, 0},
    {AQ_HTTP_GET, "/api/runs", aq_handle_runs, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/runs/*", aq_handle_run, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/runs/*/events", aq_handle_run_events, AQ_HTTP_NOTHING, 1},
    {AQ_HTTP_GET, "/api/evals", aq_handle_evals, AQ_HTTP_NOTHING, 0},
    {AQ_HTTP_GET, "/api/evals/*", aq_handle_eval, AQ_HTTP_NOTHING, 0},
    {0}};
