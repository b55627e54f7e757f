/* Answers as JSON: the shape scripts rely on (INTERFACE, "report --format json"). */
#include "base/json.h"

#include "report/render.h"

static void add_column(struct json_out *out, const struct column *column)
{
    json_begin_object(out);
    json_key(out, "name");
    json_str(out, str_of(column->name));
    json_key(out, "title");
    json_str(out, column->title);
    json_key(out, "unit");
    json_str(out, str_of(unit_name(column->unit)));
    json_end_object(out);
}

static void add_value(struct json_out *out, const struct answer *answer, size_t row, size_t column)
{
    switch (answer_null(answer, row, column) ? UNIT_COUNT : answer->report->columns[column].unit) {
    case UNIT_RATE:
    case UNIT_SECONDS:
        json_double(out, answer_double(answer, row, column));
        break;
    case UNIT_TIME:
        json_time(out, answer_time(answer, row, column));
        break;
    case UNIT_TEXT:
    case UNIT_URL:
        json_str(out, answer_text(answer, row, column));
        break;
    default:
        if (answer_null(answer, row, column))
            json_none(out);
        else
            json_int(out, answer_int(answer, row, column));
    }
}

static void add_rows(struct json_out *out, const struct answer *answer)
{
    json_begin_array(out);
    for (size_t row = 0; row < answer->count; row++) {
        json_begin_object(out);
        for (size_t i = 0; i < answer->report->column_count; i++) {
            json_key(out, answer->report->columns[i].name);
            add_value(out, answer, row, i);
        }
        json_end_object(out);
    }
    json_end_array(out);
}

static void add_report(struct json_out *out, const struct answer *answer)
{
    json_begin_object(out);
    json_key(out, "name");
    json_str(out, str_of(answer->report->name));
    json_key(out, "title");
    json_str(out, answer->report->title);
    json_key(out, "columns");
    json_begin_array(out);
    for (size_t i = 0; i < answer->report->column_count; i++)
        add_column(out, &answer->report->columns[i]);
    json_end_array(out);
    json_key(out, "rows");
    add_rows(out, answer);
    json_end_object(out);
}

static void add_window(struct json_out *out, const struct window *window)
{
    json_begin_object(out);
    json_key(out, "since");
    json_time(out, window->since_us);
    json_key(out, "until");
    json_time(out, window->until_us);
    json_key(out, "by");
    json_str(out, str_of(window_by_name(window->by)));
    json_end_object(out);
}

void render_json_into(struct buf *to, const struct answers *answers, bool for_html)
{
    struct json_out out = {.to = to, .for_html = for_html};

    json_begin_object(&out);
    json_key(&out, "rebound");
    json_str(&out, STR(REBOUND_VERSION));
    json_key(&out, "generated_at");
    json_time(&out, clock_floor(answers->generated_at_us, CLOCK_SECOND));
    json_key(&out, "window");
    add_window(&out, &answers->question.window);
    json_key(&out, "reports");
    json_begin_array(&out);
    for (size_t i = 0; i < answers->count; i++)
        if (!answers->items[i].aside)
            add_report(&out, &answers->items[i]);
    json_end_array(&out);
    json_end_object(&out);
}

void render_json(struct buf *out, const struct answers *answers)
{
    render_json_into(out, answers, false);
    buf_add_char(out, '\n');
}
