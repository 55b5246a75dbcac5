#include "text/go_format.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

struct Case
{
    const char* format;
    std::vector<Json> values;
    const char* output;
};

TEST(GoPrintf, KnowsVerbsFlagsAndWidths)
{
    const Case cases[] = {
        {"%5d|%-5d|%05d|%+d|% d", {42, 42, 42, 42, 42}, "   42|42   |00042|+42| 42"},
        {"%x|%X|%#x|%o|%O|%b|%c|%q|%U", {255, 255, 255, 8, 8, 5, 65, 65, 65}, "ff|FF|0xff|10|0o10|101|A|'A'|U+0041"},
        {"%x %03d %.5d %8.5d", {-255, -5, 42, 42}, "-ff -05 00042    00042"},
        {"%10s|%-10s|%.2s|%q|%x|% x",
         {"abc", "abc", "abc", "a\"b", "abc", "abc"},
         "       abc|abc       |ab|\"a\\\"b\"|616263|61 62 63"},
        {"%f|%.2f|%8.2f|%e|%g|%G", {1.5, 1.5, 1.5, 1.5, 1.5, 1e30}, "1.500000|1.50|    1.50|1.500000e+00|1.5|1E+30"},
        {"%v %v %v %v", {1e6, 123456.0, 0.00001, 1e21}, "1e+06 123456 1e-05 1e+21"},
        {"%t|%6v|%-6v|", {true, true, false}, "true|  true|false |"},
        {"%s %q %d", {Json({"a", "b"}), Json({"a", "b"}), Json({"a"})}, "[a b] [\"a\" \"b\"] [%!d(string=a)]"},
        {"%v %q", {Json{{"k", 1}}, Json{{"k", "v"}}}, "map[k:1] map[\"k\":\"v\"]"},
        {"%T %T %T %T %T", {"a", 1, 1.5, nullptr, Json({"a"})}, "string int float64 <nil> []string"},
        {"%*d|%-*d|%.*f", {5, 42, 5, 42, 2, 3.14159}, "   42|42   |3.14"},
        {"%[2]d %[1]d", {1, 2}, "2 1"},
        {"%6.2f%%", {99.5}, " 99.50%"},
        {"%.1q|%+q|%#q", {"abc", "\xc3\xbc", "abc"}, "\"a\"|\"\\u00fc\"|`abc`"},
        {"%d", {UINT64_MAX}, "18446744073709551615"},
        {"%d", {INT64_MIN}, "-9223372036854775808"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.format);
        EXPECT_EQ(go_printf(c.format, c.values), c.output);
    }
}

TEST(GoPrintf, ShowsMistakesInPlace)
{
    const Case cases[] = {
        {"%d %s %z", {"x", 5, 1}, "%!d(string=x) %!s(int=5) %!z(int=1)"},
        {"%d", {}, "%!d(MISSING)"},
        {"a", {1, "b", nullptr}, "a%!(EXTRA int=1, string=b, <nil>)"},
        {"%", {}, "%!(NOVERB)"},
        {"%s %v", {nullptr, nullptr}, "%!s(<nil>) <nil>"},
        {"%[9]d", {1}, "%!d(BADINDEX)"},
        {"%*d", {"x", 1}, "%!(BADWIDTH)1"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.format);
        EXPECT_EQ(go_printf(c.format, c.values), c.output);
    }
}

TEST(GoJson, WritesNumbersAndTextAsGoDoes)
{
    EXPECT_EQ(go_json({1.0, 1e21, 1e-7, 0.5, 100}), "[1,1e+21,1e-7,0.5,100]");
    EXPECT_EQ(go_json("<a> & \xe2\x80\xa8 \xff"), "\"<a> & \\u2028 \xef\xbf\xbd\"");
}

} // namespace
} // namespace skiff::text
