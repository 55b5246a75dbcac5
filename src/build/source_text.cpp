#include "build/source_text.hpp"

#include "base/error.hpp"
#include "build/words.hpp"
#include "text/ascii_case.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace skiff::build {
namespace {

constexpr std::string_view blanks = " \t\v\f\r";

std::string_view trim_left(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text;
}

std::string_view trim(std::string_view text)
{
    text = trim_left(text);
    const std::size_t last = text.find_last_not_of(blanks);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// The physical lines, without their line breaks.
class Lines
{
  public:
    explicit Lines(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] int number() const { return number_; } ///< of the line that next() gave last

    std::string_view next()
    {
        const std::size_t end = std::min(rest_.find('\n'), rest_.size());
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        ++number_;
        return line;
    }

  private:
    std::string_view rest_;
    int number_ = 0;
};

bool is_comment(std::string_view line)
{
    const std::string_view text = trim_left(line);
    return !text.empty() && text[0] == '#';
}

struct KeyValue
{
    std::string key; ///< in small letters
    std::string value;
};

/// `# key=value`, which a directive looks like; nothing for other comments.
std::optional<KeyValue> directive_in(std::string_view line)
{
    std::string_view text = trim(line);
    if (text.empty() || text[0] != '#')
        return std::nullopt;
    text = trim_left(text.substr(1));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos)
        return std::nullopt;
    const std::string_view key = trim(text.substr(0, equals));
    const bool is_word = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    if (!is_word)
        return std::nullopt;
    return KeyValue{text::ascii_lower(key), std::string{trim(text.substr(equals + 1))}};
}

/// "skip=JSONArgsRecommended,StageNameCasing;error=true"
CheckControl parse_check_control(const Place& place, std::string_view text)
{
    CheckControl control;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(';'), text.size());
        const std::string_view part = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (part.empty())
            continue;
        const std::size_t equals = part.find('=');
        const std::string key = text::ascii_lower(trim(part.substr(0, equals)));
        std::string_view value = equals == std::string_view::npos ? std::string_view{} : trim(part.substr(equals + 1));
        if (key == "error" && (value == "true" || value == "false")) {
            control.findings_are_errors = value == "true";
        } else if (key == "skip") {
            while (!value.empty()) {
                const std::size_t comma = std::min(value.find(','), value.size());
                const std::string_view rule = trim(value.substr(0, comma));
                value.remove_prefix(std::min(comma + 1, value.size()));
                if (text::ascii_lower(rule) == "all")
                    control.skips_all = true;
                else if (!rule.empty())
                    control.skipped.emplace(rule);
            }
        } else {
            fail_at(place, cat("invalid check directive ", quoted(part)), "known are skip=RULE,RULE or skip=all, and error=true");
        }
    }
    return control;
}

/// The leading run of directives; the first line of another kind ends it.
class DirectiveReader
{
  public:
    explicit DirectiveReader(std::string file) : file_(std::move(file)) {}

    /// False when `line` is none.
    bool read(std::string_view line, int number)
    {
        const std::optional<KeyValue> found = directive_in(line);
        if (!found || (found->key != "escape" && found->key != "syntax" && found->key != "check"))
            return false;
        const Place place{file_, number, number};
        if (!seen_.insert(found->key).second)
            fail_at(place, cat("only one ", found->key, " parser directive can be used"));
        if (found->key == "escape") {
            if (found->value != "\\" && found->value != "`")
                fail_at(place, cat("invalid escape token ", quoted(found->value), " does not match ` or \\"));
            directives_.escape = found->value[0];
        } else if (found->key == "syntax") {
            directives_.syntax = found->value;
        } else {
            directives_.check = parse_check_control(place, found->value);
        }
        return true;
    }

    [[nodiscard]] char escape() const { return directives_.escape; }
    [[nodiscard]] Directives take() { return std::move(directives_); }

  private:
    std::string file_;
    std::set<std::string> seen_;
    Directives directives_;
};

/// Removes the escape character that makes the next line part of this one; false when there is none. A doubled one is
/// text.
bool take_continuation(std::string& line, char escape)
{
    const std::size_t last = line.find_last_not_of(" \t");
    if (last == std::string::npos || line[last] != escape)
        return false;
    if (last > 0 && line[last - 1] == escape)
        return false;
    line.resize(last);
    return true;
}

bool may_have_heredocs(std::string_view keyword)
{
    const std::string name = text::ascii_lower(keyword);
    return name == "run" || name == "copy" || name == "add";
}

class Reader
{
  public:
    Reader(std::string_view text, std::string file) : lines_(text), directives_(file), file_(std::move(file)) {}

    SourceText read()
    {
        while (!lines_.at_end()) {
            const std::string_view line = lines_.next();
            if (lines_.number() == 1 && line.substr(0, 2) == "#!")
                continue;
            in_directives_ = in_directives_ && directives_.read(line, lines_.number());
            if (in_directives_)
                continue;
            if (is_comment(line))
                note_comment(line);
            else if (trim(line).empty())
                forget_comment();
            else
                read_instruction(line);
        }
        return {file_, directives_.take(), std::move(instructions_)};
    }

  private:
    void note_comment(std::string_view line)
    {
        forget_comment();
        const std::optional<KeyValue> directive = directive_in(line);
        if (directive && directive->key == "check")
            check_ = parse_check_control({file_, lines_.number(), lines_.number()}, directive->value);
        else
            comment_ = trim(trim(line).substr(1));
    }

    void forget_comment()
    {
        comment_.clear();
        check_ = {};
    }

    [[nodiscard]] char escape() const { return directives_.escape(); }

    void read_instruction(std::string_view first)
    {
        SourceInstruction instruction;
        instruction.place = {file_, lines_.number(), lines_.number()};
        instruction.check = std::exchange(check_, {});
        instruction.comment = std::exchange(comment_, {});

        const std::string joined = join_continued(first, instruction);
        const std::string_view whole = trim(joined);
        const std::size_t end = std::min(whole.find_first_of(" \t\v\f\r"), whole.size());
        instruction.keyword = whole.substr(0, end);
        instruction.text = trim(whole.substr(end));
        read_heredocs(instruction);
        instruction.place.last_line = lines_.number();
        if (!instruction.keyword.empty())
            instructions_.push_back(std::move(instruction));
    }

    std::string join_continued(std::string_view first, SourceInstruction& instruction)
    {
        std::string joined{trim_left(first)};
        std::string piece = joined;
        bool goes_on = take_continuation(piece, escape());
        joined = piece;
        while (goes_on && !lines_.at_end()) {
            const std::string_view line = lines_.next();
            if (is_comment(line))
                continue;
            if (trim(line).empty()) {
                instruction.empty_continuations.push_back(lines_.number());
                continue;
            }
            piece = line;
            goes_on = take_continuation(piece, escape());
            joined += piece;
        }
        return joined;
    }

    void read_heredocs(SourceInstruction& instruction)
    {
        std::string keyword = instruction.keyword;
        std::string_view text = instruction.text;
        if (text::ascii_lower(keyword) == "onbuild") {
            const std::size_t end = std::min(text.find_first_of(blanks), text.size());
            keyword = text.substr(0, end);
            text = trim(text.substr(end));
        }
        if (!may_have_heredocs(keyword))
            return;
        for (const std::string& word : split_words(text, escape())) {
            Heredoc heredoc = heredoc_marker(word);
            if (heredoc.name.empty())
                continue;
            read_body(instruction.place, heredoc);
            instruction.heredocs.push_back(std::move(heredoc));
        }
    }

    void read_body(const Place& place, Heredoc& heredoc)
    {
        while (!lines_.at_end()) {
            const std::string_view line = lines_.next();
            std::string_view end = line;
            if (heredoc.strips_tabs)
                end.remove_prefix(std::min(end.find_first_not_of('\t'), end.size()));
            if (end == heredoc.name)
                return;
            heredoc.body += line;
            heredoc.body += '\n';
        }
        fail_at(place, "unterminated heredoc", cat("the text ends with a line of only ", quoted(heredoc.name), ", which is missing"));
    }

    Lines lines_;
    DirectiveReader directives_;
    std::string file_;
    bool in_directives_ = true;
    CheckControl check_;
    std::string comment_;
    std::vector<SourceInstruction> instructions_;
};

} // namespace

std::string Heredoc::content() const
{
    if (!strips_tabs)
        return body;
    std::string out;
    bool at_start = true;
    for (const char c : body) {
        if (at_start && c == '\t')
            continue;
        at_start = c == '\n';
        out += c;
    }
    return out;
}

Heredoc heredoc_marker(std::string_view word)
{
    word.remove_prefix(std::min(word.find_first_not_of("0123456789"), word.size()));
    if (word.substr(0, 2) != "<<")
        return {};
    word.remove_prefix(2);
    Heredoc heredoc;
    if (!word.empty() && word[0] == '-') {
        heredoc.strips_tabs = true;
        word.remove_prefix(1);
    }
    if (word.find('<') != std::string_view::npos) // <<<: a here-string, which is the shell's
        return {};
    for (const char c : word) {
        if (std::string_view{">|;&()"}.find(c) != std::string_view::npos) // the shell's word ends here
            break;
        if (c == '"' || c == '\'')
            heredoc.expands = false;
        else
            heredoc.name += c;
    }
    return heredoc;
}

SourceText read_source_text(std::string_view text, std::string file)
{
    if (text.size() > max_containerfile_bytes)
        throw Error{ErrorKind::Failure, cat(file, " is larger than ", max_containerfile_bytes >> 20U, " MiB")};
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark)
        text.remove_prefix(byte_order_mark.size());
    if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
        throw Error{ErrorKind::Failure, cat(file, " is not text in UTF-8")};
    return Reader{text, std::move(file)}.read();
}

} // namespace skiff::build
