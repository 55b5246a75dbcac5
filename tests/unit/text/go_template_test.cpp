#include "text/go_template.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::text {
namespace {

using nlohmann::json;

struct Case
{
    const char* text;
    const char* output;
};

const json& container()
{
    static const json document = json::parse(R"({
        "ID": "0123456789ab", "Names": ["web", "www"], "Image": "debian", "Pid": 42, "Cpu": 1.5, "Running": true,
        "Created": "2024-01-01T12:00:00.5Z", "Entrypoint": null, "Empty": [], "Zero": 0, "Nothing": "",
        "Labels": {"b": "2", "a": "1", "org.x": "y"},
        "State": {"Status": "running", "ExitCode": 0, "Health": null, "ociVersion": "1.0"},
        "Mounts": [{"Type": "bind", "Source": "/a"}, {"Type": "volume", "Source": "/b"}],
        "NetworkSettings": {"Ports": {"80/tcp": [{"HostPort": "8080"}], "90/tcp": null}, "Networks": {}}
    })");
    return document;
}

std::string render(const char* text) { return Template::parse(text, "ps").execute(container(), "psReporter"); }

/// The message, or what came out although it should not.
std::string failure(const char* text)
{
    try {
        return "output: " + render(text);
    } catch (const Error& error) {
        return error.message();
    }
}

std::string hint(const char* text)
{
    try {
        return "output: " + render(text);
    } catch (const Error& error) {
        return error.hint();
    }
}

template <std::size_t Size>
void expect_outputs(const Case (&cases)[Size])
{
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(failure(c.text), std::string{"output: "} + c.output);
    }
}

template <std::size_t Size>
void expect_failures(const Case (&cases)[Size])
{
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(failure(c.text), c.output);
    }
}

TEST(GoTemplate, PrintsFieldsTheWayGoPrintsValues)
{
    const Case cases[] = {
        {"plain }} text", "plain }} text"},
        {"{{.ID}} {{ .Image }}", "0123456789ab debian"},
        {"{{.Pid}} {{.Cpu}} {{.Running}} {{.Zero}}", "42 1.5 true 0"},
        {"{{.Names}} {{.Empty}} {{.Entrypoint}}", "[web www] [] <nil>"},
        {"{{.Labels}}", "map[a:1 b:2 org.x:y]"},
        {"{{.State.Status}}", "running"},
        {"{{.Mounts}}", "[{/a bind} {/b volume}]"},
        {"{{$.ID}}", "0123456789ab"},
        {"{{(index .Mounts 1).Source}}", "/b"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, PrintsTimesAsGoDoesAndLeavesThemAloneInJson)
{
    EXPECT_EQ(render("{{.Created}}"), "2024-01-01 12:00:00.5 +0000 UTC");
    EXPECT_EQ(render("{{printf \"%.10s\" .Created}}"), "2024-01-01");
    EXPECT_EQ(render("{{json .Created}}"), "\"2024-01-01T12:00:00.5Z\"");
}

TEST(GoTemplate, LooksUpKeysOfMaps)
{
    const Case cases[] = {
        {"{{.Labels.a}}{{.Labels.nope}}", "1<no value>"},
        {"{{index .Labels \"org.x\"}}|{{index .Labels \"nope\"}}|", "y||"},
        {"{{.Label \"org.x\"}}|{{.Label \"nope\"}}|{{.Labels \"a\"}}", "y||1"},
        {"{{\"a\" | .Label}}", "1"},
        {"{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", "8080"},
        {"{{index .NetworkSettings.Ports \"70/tcp\"}}", "[]"},
        {"{{.Labels.nope.deeper}}", "<no value>"},
        {"{{len .Labels}} {{len .Names}} {{len .ID}} {{len .Entrypoint}}", "3 2 12 0"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, FindsFieldsWhoseCaseDiffersInJson)
{
    EXPECT_EQ(render("{{.Id}} {{.State.OCIVersion}}"), "0123456789ab 1.0");
}

TEST(GoTemplate, BranchesAndRepeats)
{
    const Case cases[] = {
        {"{{if .Running}}up{{else}}down{{end}}", "up"},
        {"{{if .Zero}}a{{else if .Nothing}}b{{else if .Pid}}c{{else}}d{{end}}", "c"},
        {"{{with .State}}{{.Status}}{{end}}{{with .Empty}}x{{else}}none{{end}}", "runningnone"},
        {"{{with .Empty}}a{{else with .ID}}{{.}}{{end}}", "0123456789ab"},
        {"{{range .Names}}<{{.}}>{{end}}", "<web><www>"},
        {"{{range $i, $n := .Names}}{{if $i}}, {{end}}{{$i}}={{$n}}{{end}}", "0=web, 1=www"},
        {"{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;org.x=y;"},
        {"{{range .Labels}}{{.}}{{end}}", "12y"},
        {"{{range .Empty}}x{{else}}none{{end}}{{range .Entrypoint}}x{{else}}null{{end}}", "nonenull"},
        {"{{range .Mounts}}{{.Type}} {{$.ID}} {{end}}", "bind 0123456789ab volume 0123456789ab "},
        {"{{range .Names}}{{if eq . \"www\"}}{{break}}{{end}}{{.}}{{end}}", "web"},
        {"{{range .Names}}{{if eq . \"web\"}}{{continue}}{{end}}{{.}}{{end}}", "www"},
        {"{{range $p, $c := .NetworkSettings.Ports}}{{$p}} {{range $c}}{{.HostPort}}{{end}};{{end}}",
         "80/tcp 8080;90/tcp ;"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, HasVariables)
{
    const Case cases[] = {
        {"{{$x := .Pid}}{{$x}}{{$x = 5}}{{$x}}", "425"},
        {"{{$x := 1}}{{range .Names}}{{$x = .}}{{end}}{{$x}}", "www"},
        {"{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"},
        {"{{$s := .State}}{{$s.Status}}", "running"},
        {"{{with $x := .ID}}{{$x}}{{end}}", "0123456789ab"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, ComparesAndDecides)
{
    const Case cases[] = {
        {"{{eq .State.Status \"running\"}} {{eq .Pid 1 2 42}} {{ne .Pid 42}}", "true true false"},
        {"{{lt .Pid 43}} {{le .Pid 42}} {{gt .Cpu 1}} {{ge \"b\" \"a\"}}", "true true true true"},
        {"{{eq .State.ExitCode 0.0}} {{eq .Entrypoint nil}} {{eq .Entrypoint \"x\"}}", "true true false"},
        {"{{and .Running .ID}} {{and .Zero .ID}} {{or .Nothing .Image}} {{not .Empty}}", "0123456789ab 0 debian true"},
        {"{{or .Running (index .Names 99)}}", "true"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, HasTheFunctionsOfPodmanAndGo)
{
    const Case cases[] = {
        {"{{join .Names \", \"}}|{{join .Entrypoint \" \"}}", "web, www|"},
        {"{{lower \"ABC\"}}{{upper .Image}}{{title \"hello world\"}}", "abcDEBIANHello World"},
        {"{{split \"a:b:c\" \":\"}} {{index (split .Image \"b\") 1}}", "[a b c] ian"},
        {"{{truncate .ID 4}}|{{pad .Image 1 2}}|{{slice .ID 1 3}}|{{slice .Names 1}}", "0123| debian  |12|[www]"},
        {"{{json .Names}} {{json .State.Status}} {{json .Entrypoint}}", "[\"web\",\"www\"] \"running\" null"},
        {"{{json .Labels}}", "{\"a\":\"1\",\"b\":\"2\",\"org.x\":\"y\"}"},
        {"{{.ID | printf \"%.4s-%d\" \"x\" }}", "x-%!d(string=0123456789ab)"},
        {"{{printf \"%-8s|%5d|%q\" .Image .Pid .ID}}", "debian  |   42|\"0123456789ab\""},
        {"{{print 1 2 \"a\" \"b\" 3}} {{println \"x\" 1}}", "1 2ab3 x 1\n"},
        {"{{html \"<a b='c'>\"}} {{urlquery \"a b/c\"}} {{js \"it's\"}}", "&lt;a b=&#39;c&#39;&gt; a+b%2Fc it\\'s"},
        {"{{.Image | upper | printf \"%s!\" | len}}", "7"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, TrimsSpaceAndSkipsComments)
{
    const Case cases[] = {
        {"a \n {{- .Pid -}} \n b", "a42b"},
        {"{{/* a comment */}}x{{- /* another */ -}}  y", "xy"},
        {"{{\n.Pid\n}}", "42"},
        {"{{\"a\\tb\"}}{{`c\\t`}}{{'x'}}", "a\tbc\\t120"},
        {"{{1_000}} {{0x1f}} {{0b11}} {{1.50}} {{-3}}", "1000 31 3 1.5 -3"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, CallsNamedTemplates)
{
    const Case cases[] = {
        {"{{define \"m\"}}[{{.Type}}]{{end}}{{range .Mounts}}{{template \"m\" .}}{{end}}", "[bind][volume]"},
        {"{{block \"b\" .State}}{{.Status}}{{end}}", "running"},
        {"{{define \"d\"}}{{.}}{{end}}{{template \"d\"}}", "<no value>"},
    };
    expect_outputs(cases);
}

TEST(GoTemplate, NamesTheFieldThatDoesNotExist)
{
    const Case cases[] = {
        {"{{.Nope}}", "template: ps:1:2: executing \"ps\" at <.Nope>: can't evaluate field Nope in type psReporter"},
        {"x\n{{ .Nope }}",
         "template: ps:2:3: executing \"ps\" at <.Nope>: can't evaluate field Nope in type psReporter"},
        {"{{.State.Nope}}",
         "template: ps:1:8: executing \"ps\" at <.State.Nope>: can't evaluate field Nope in type psReporter.State"},
        {"{{.Pid.Nope}}", "template: ps:1:6: executing \"ps\" at <.Pid.Nope>: can't evaluate field Nope in type int"},
        {"{{range .Mounts}}{{.X}}{{end}}",
         "template: ps:1:19: executing \"ps\" at <.X>: can't evaluate field X in type psReporter.Mounts"},
        {"{{.State.Health.Status}}", "template: ps:1:8: executing \"ps\" at <.State.Health.Status>: nil pointer "
                                     "evaluating psReporter.State.Health.Status"},
        {"{{.Pid \"x\"}}",
         "template: ps:1:2: executing \"ps\" at <.Pid>: Pid has arguments but cannot be invoked as function"},
    };
    expect_failures(cases);
    EXPECT_EQ(hint("{{.Statte}}"), "did you mean '.State'?");
    EXPECT_EQ(hint("{{.State.Xyzzy}}"), "the fields are .ExitCode, .Health, .Status, .ociVersion");
}

TEST(GoTemplate, ExplainsMistakesInGosWords)
{
    const Case cases[] = {
        {"{{{", "template: ps:1: unexpected \"{\" in command"},
        {"{{.ID", "template: ps:1: unclosed action"},
        {"a\n{{\"x}}", "template: ps:2: unterminated quoted string"},
        {"{{nope .ID}}", "template: ps:1: function \"nope\" not defined"},
        {"{{if .ID}}", "template: ps:1: unexpected EOF"},
        {"{{end}}", "template: ps:1: unexpected {{end}}"},
        {"{{if}}{{end}}", "template: ps:1: missing value for if"},
        {"{{$x}}", "template: ps:1: undefined variable \"$x\""},
        {"{{.A.}}", "template: ps:1: unexpected <.> in operand"},
        {"{{1 | 2}}", "template: ps:1: non executable command in pipeline stage 2"},
        {"{{true.x}}", "template: ps:1: unexpected . after term \"true\""},
        {"{{break}}", "template: ps:1: {{break}} outside {{range}}"},
        {"{{/* x}}", "template: ps:1: unclosed comment"},
        {"{{(1}}", "template: ps:1: unclosed left paren"},
        {"{{1 2}}", "template: ps:1:2: executing \"ps\" at <1>: can't give argument to non-function 1"},
        {"{{nil}}", "template: ps:1:2: executing \"ps\" at <nil>: nil is not a command"},
        {"{{eq 1 \"a\"}}",
         "template: ps:1:2: executing \"ps\" at <eq 1 \"a\">: error calling eq: incompatible types for comparison"},
        {"{{index .Names 5}}",
         "template: ps:1:2: executing \"ps\" at <index .Names 5>: error calling index: index out of range: 5"},
        {"{{lower .Pid}}",
         "template: ps:1:8: executing \"ps\" at <.Pid>: wrong type for value; expected string; got int"},
        {"{{lower 5}}", "template: ps:1:8: executing \"ps\" at <5>: expected string; found 5"},
        {"{{join .Names}}",
         "template: ps:1:2: executing \"ps\" at <join>: wrong number of args for join: want 2 got 1"},
        {"{{range .Pid}}{{end}}", "template: ps:1:8: executing \"ps\" at <.Pid>: range can't iterate over 42"},
        {"{{template \"x\"}}",
         "template: ps:1:11: executing \"ps\" at <{{template \"x\"}}>: template \"x\" not defined"},
    };
    expect_failures(cases);
    EXPECT_EQ(hint("{{jsoon .ID}}"), "did you mean 'json'?");
}

TEST(GoTemplate, StopsWhatHasNoEnd)
{
    EXPECT_NE(
        failure("{{define \"r\"}}{{template \"r\"}}{{end}}{{template \"r\"}}").find("exceeded maximum template depth"),
        std::string::npos);
    EXPECT_EQ(failure(("{{" + std::string(100'000, '(') + "}}").c_str()), "template: ps:1: nested too deeply");
}

TEST(GoTemplate, KeepsTheOrderOfFieldsInJson)
{
    const auto ordered = nlohmann::ordered_json::parse(R"({"z":1,"a":{"y":2.0,"b":"<&>"}})");

    EXPECT_EQ(Template::parse("{{json .}}", "x").execute(ordered, "T"), R"({"z":1,"a":{"y":2,"b":"<&>"}})");
}

TEST(GoTemplate, MakesAHeadingForTables)
{
    const auto heading = [](const char* text) { return Template::parse(text, "ps").heading({{"ID", "CONTAINER ID"}}); };

    EXPECT_EQ(heading("{{.ID}}\t{{.Names}}\t{{.State.StartedAt}}"), "CONTAINER ID\tNAMES\tSTARTED AT");
    EXPECT_EQ(heading("{{join .Names \",\"}} {{.Label \"app\"}}{{if .X}} {{.Image | upper}}{{end}}"),
              "NAMES APP IMAGE");
    EXPECT_EQ(heading("{{range .Mounts}}{{.Type}}{{end}}{{\"-\"}}"), "TYPE-");
}

TEST(ColumnHeading, SplitsWords)
{
    EXPECT_EQ(column_heading("ImageID"), "IMAGE ID");
    EXPECT_EQ(column_heading("CPUPerc"), "CPU PERC");
    EXPECT_EQ(column_heading("Names"), "NAMES");
}

TEST(ReadFormat, KnowsTablesAndEscapes)
{
    EXPECT_TRUE(read_format("table {{.ID}}").table);
    EXPECT_EQ(read_format("table {{.ID}}\\t{{.X}}").text, "{{.ID}}\t{{.X}}");
    EXPECT_EQ(read_format("table {{.ID}} {{join .X \" \"}}").text, "{{.ID}}\t{{join .X \" \"}}");
    EXPECT_EQ(read_format("{{.ID}} {{.X}}").text, "{{.ID}} {{.X}}");
    EXPECT_TRUE(read_format("table").table);
    EXPECT_FALSE(read_format("tables").table);
    EXPECT_EQ(read_format("a\\nb{{join .X \"\\n\"}}").text, "a\nb{{join .X \"\\n\"}}");
}

} // namespace
} // namespace skiff::text
