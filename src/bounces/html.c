#include "bounces/html.h"

enum { MAX_TAG = 2048 };

struct out {
    char *p;
    size_t n;
    bool pre; /* inside <pre>: line ends count */
};

static void put(struct out *out, char c)
{
    const char last = out->n ? out->p[out->n - 1] : '\n';

    if (c == '\t' || c == '\r' || (c == ' ' && (last == ' ' || last == '\n')))
        c = c == ' ' ? 0 : ' ';
    if (c)
        out->p[out->n++] = c;
}

static void new_line(struct out *out)
{
    while (out->n && out->p[out->n - 1] == ' ')
        out->n--;
    if (out->n > 1 && out->p[out->n - 1] == '\n' && out->p[out->n - 2] == '\n')
        return;
    out->p[out->n++] = '\n';
}

/* Where the tag that begins at '<' ends; quotes inside may hold '>'. */
static size_t tag_length(str s)
{
    const size_t end = str_find_char(str_to(s, MAX_TAG), '>');

    return end == STR_NONE ? 1 : end + 1;
}

static bool breaks_line(str tag)
{
    static const char *const names[] = {"br", "p",   "/p",  "div", "/div", "tr",    "/tr",    "li",  "/li",  "h1", "h2",
                                        "h3", "/h1", "/h2", "/h3", "hr",   "table", "/table", "pre", "/pre", "td"};
    size_t n = 0;

    while (n < tag.n && (str_is_alpha(tag.p[n]) || str_is_digit(tag.p[n]) || (n == 0 && tag.p[n] == '/')))
        n++;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq_nocase(str_to(tag, n), str_of(names[i])))
            return true;
    return false;
}

/* What stands between <style> and </style> is no text. */
static str skip_element(str rest, str name)
{
    const size_t end = str_find_nocase(rest, name);

    return end == STR_NONE ? str_from(rest, rest.n) : str_from(rest, end + name.n);
}

static str take_tag(str rest, struct out *out)
{
    const str tag = str_from(rest, 1);

    if (str_starts(tag, STR("!--")))
        return skip_element(tag, STR("-->"));
    if (str_starts_nocase(tag, STR("style")))
        return skip_element(tag, STR("</style>"));
    if (str_starts_nocase(tag, STR("script")))
        return skip_element(tag, STR("</script>"));
    if (str_starts_nocase(tag, STR("head>")))
        return skip_element(tag, STR("</head>"));
    if (str_starts_nocase(tag, STR("pre")) || str_starts_nocase(tag, STR("/pre")))
        out->pre = *tag.p != '/';
    if (breaks_line(tag))
        new_line(out);
    return str_from(rest, tag_length(rest));
}

static str take_entity(str rest, struct out *out)
{
    static const struct {
        const char *name;
        char c;
    } entities[] = {{"&lt;", '<'},   {"&gt;", '>'},   {"&amp;", '&'},   {"&quot;", '"'}, {"&nbsp;", ' '},
                    {"&#39;", '\''}, {"&#160;", ' '}, {"&apos;", '\''}, {"&#64;", '@'},  {"&#46;", '.'}};

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_starts_nocase(rest, str_of(entities[i].name))) {
            put(out, entities[i].c);
            return str_from(rest, strlen(entities[i].name));
        }
    put(out, '&');
    return str_from(rest, 1);
}

/* A '<' that begins no tag is text: "<jdoe@example.org>" is written so by careless reporters. */
static bool begins_tag(str rest)
{
    const str inside = str_to(str_from(rest, 1), tag_length(rest));

    return rest.n > 1 && (str_is_alpha(rest.p[1]) || rest.p[1] == '/' || rest.p[1] == '!' || rest.p[1] == '?') &&
           (str_find_char(inside, '@') == STR_NONE || str_find_char(inside, '=') != STR_NONE);
}

str html_plain(str html, struct arena *arena)
{
    struct out out = {arena_alloc(arena, html.n + html.n / 4 + 16), 0, false};

    if (str_find(html, STR("</")) == STR_NONE && str_find_nocase(html, STR("<br")) == STR_NONE)
        return html; /* plain text under a wrong label */
    while (html.n > 0) {
        if (*html.p == '<' && begins_tag(html)) {
            html = take_tag(html, &out);
        } else if (*html.p == '&') {
            html = take_entity(html, &out);
        } else {
            if (*html.p == '\n' && out.pre)
                new_line(&out);
            else
                put(&out, *html.p == '\n' ? ' ' : *html.p);
            html = str_from(html, 1);
        }
    }
    return (str){out.p, out.n};
}
