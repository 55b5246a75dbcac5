#include "support.hpp"

#include "frontends/compose/yaml_mistakes.hpp"
#include "frontends/compose/yaml_reader.hpp"

namespace skiff::compose {
namespace {

/// What reading `text` as a.yaml says, without the file's name.
std::string mistake_in(const std::string& text)
{
    return error_of([&] { (void)read_yaml(text, "a.yaml"); });
}

TEST(YamlMistakes, AreToldWithTheirLineAndRemedy)
{
    struct Case
    {
        const char* text;
        const char* line;
        const char* message;
        const char* hint;
    };
    const std::string head = "services:\n  web:\n    image: nginx\n";
    const Case cases[] = {
        {"\tports: []\n", "4", "found a tab character", "indent with spaces"},
        {"  \tports: []\n", "4", "found a tab character", "indent with spaces"},
        {"\xC2\xA0\xC2\xA0\xC2\xA0\xC2\xA0user: me\n    tty: true\n", "4", "found a no-break space", "write the indentation anew"},
        {"      ports: []\n", "4", "'ports: []' is indented by 6 blanks, the line above by 4 blanks", "stand in one column"},
        {"   ports: []\n", "4", "'ports: []' is indented by 3 blanks, and nothing above it is", "here 2 or 4"},
        {"    user:me\n    tty: true\n", "4", "there is no blank behind the colon in 'user:me'", "write user: me"},
        {"    ports\n      - '80:80'\n    tty: true\n", "4", "there is no colon behind 'ports'", "write ports:"},
        {"    ports:\n  - '80:80'\n", "5", "the list of 'ports:' is indented by 2 blanks, its key by 4 blanks", "as far as the key"},
        {"    environment:\n      - A=1\n      B: 2\n", "6", "there is no dash in front of 'B: 2'", "write - B: 2"},
        {"    dns:\n      - 1.1.1.1\n      -2.2.2.2\n    tty: true\n", "6", "there is no blank behind the dash in '-2.2.2.2'", "write - 2.2.2.2"},
        {"    command: echo: this\n", "4", "there is a second colon in 'command: echo: this'", "command: \"echo: this\""},
        {"    user: @me\n", "4", "'@me' begins with '@'", "write it in quotes: '@me'"},
        {"    user: %me\n", "4", "'%me' begins with '%'", "in quotes"},
        {"    user: *me\n", "4", "nothing above is named '&me'", "in quotes: '*me'"},
        {"    user: \"me\n    tty: true\n", "4", "the quote in 'user: \"me' does not end on its line", "closing quote"},
        {"    user: 'it''s me\n    tty: true\n", "4", "the quote in 'user: 'it''s me' does not end on its line", "closing quote"},
        {"    user: \"me\n    command: \"you\"\n", "4", "the quote in 'user: \"me' does not end on its line", "closing quote"},
        {"    cap_add: [A, B\n    tty: true\n", "4", "'[' has no ']' on its line", "add the closing ]"},
        {"<<<<<<< HEAD\n    tty: true\n=======\n    tty: false\n>>>>>>> other\n", "4", "found '<<<<<<<', the mark of a merge conflict", "choose one"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_THAT(mistake_in(head + c.text), testing::AllOf(testing::StartsWith(cat("a.yaml:", c.line, ": ", c.message)), testing::HasSubstr(c.hint)));
    }
}

TEST(YamlMistakes, AreNotSeenInWhatIsFine)
{
    EXPECT_FALSE(find_yaml_mistake("services:\n  web:\n    image: nginx\n    command: |\n      a: b: c\n", 3));
    EXPECT_EQ(mistake_in("a: \"one\n  two\"\nb: 'it''s'\nc: \"\\\"\"\n"), "no error");
    EXPECT_EQ(mistake_in("\xEF\xBB\xBF" "a: \xC3\xA4\nb: 'c'"), "no error");
    EXPECT_FALSE(find_yaml_mistake("", 1));
    EXPECT_FALSE(find_yaml_mistake("# only\n", 7));
}

TEST(YamlMistakes, TextThatIsNoneIsToldByItsKind)
{
    EXPECT_EQ(mistake_in("a: 1\nb: g\xE4h\n"), "a.yaml:2: a character of this line is not UTF-8 | save the file as UTF-8");
    EXPECT_EQ(mistake_in(std::string{"\xFF\xFE\x61\x00", 4}), "a.yaml: the file is UTF-16 | save it as UTF-8");
    EXPECT_EQ(mistake_in(std::string{"ELF\0x", 5}), "a.yaml: the file is binary, not text");
}

} // namespace
} // namespace skiff::compose
