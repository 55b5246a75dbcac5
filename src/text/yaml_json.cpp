#include "text/yaml_json.hpp"

#include "base/error.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace skiff::text {
namespace {

using Json = nlohmann::json;

Error invalid(const YAML::Mark& mark, std::string_view what)
{
    return Error{ErrorKind::Failure, cat("invalid YAML in line ", mark.is_null() ? 1 : mark.line + 1, ": ", what)};
}

template <typename Number>
std::optional<Number> find_number(const std::string& text)
{
    Number value{};
    const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

/// What an unquoted scalar means. Source: YAML 1.2.2, 10.3.2 (octal and hexadecimal numbers are texts here: JSON has none).
Json resolve(const std::string& text)
{
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
        return nullptr;
    if (text == "true" || text == "True" || text == "TRUE")
        return true;
    if (text == "false" || text == "False" || text == "FALSE")
        return false;
    if (text.find_first_not_of("0123456789+-.eE") != std::string::npos)
        return text;
    if (const auto integer = find_number<std::int64_t>(text))
        return *integer;
    if (const auto real = find_number<double>(text); real && std::isfinite(*real))
        return *real;
    return text;
}

/// yaml-cpp reads the characters; the tree is ours, so that everything is counted before it is kept.
class JsonBuilder : public YAML::EventHandler
{
  public:
    explicit JsonBuilder(const JsonLimits& limits) : limits_{limits} {}
    [[nodiscard]] Json take() { return std::move(document_); }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, "?", anchor, nullptr); }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { throw invalid(mark, "aliases are not read here"); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override
    {
        if (wants_key()) {
            open_.back().key = value;
            if (tag != "?" && tag != "!")
                throw invalid(mark, "tags are not read here");
            if (open_.back().value.contains(value))
                throw invalid(mark, cat("the key ", quoted(value), " is there twice"));
        } else {
            add(mark, tag, anchor, tag == "?" ? resolve(value) : Json(value));
        }
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) override
    {
        open(mark, tag, anchor, Json::array());
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) override
    {
        open(mark, tag, anchor, Json::object());
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open
    {
        Json value;
        std::optional<std::string> key; ///< of an object: whose value comes next
    };

    [[nodiscard]] bool wants_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

    void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor)
    {
        if (tag != "?" && tag != "!" && !tag.empty())
            throw invalid(mark, "tags are not read here");
        if (anchor != 0)
            throw invalid(mark, "aliases are not read here");
        if (wants_key())
            throw invalid(mark, "a key must be a text");
        if (++count_ > limits_.values)
            throw invalid(mark, cat("more than ", limits_.values, " values"));
    }

    void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json value)
    {
        check(mark, tag, anchor);
        place(std::move(value));
    }

    void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Json empty)
    {
        check(mark, tag, anchor);
        if (open_.size() >= limits_.depth)
            throw invalid(mark, cat("nested deeper than ", limits_.depth, " levels"));
        open_.push_back({std::move(empty), {}});
    }

    void close()
    {
        Json closed = std::move(open_.back().value);
        open_.pop_back();
        place(std::move(closed));
    }

    void place(Json value)
    {
        if (open_.empty())
            document_ = std::move(value);
        else if (Open& outer = open_.back(); outer.value.is_array())
            outer.value.push_back(std::move(value));
        else
            outer.value[*std::exchange(outer.key, std::nullopt)] = std::move(value);
    }

    JsonLimits limits_;
    std::size_t count_ = 0;
    std::vector<Open> open_;
    Json document_;
};

} // namespace

Json parse_strict_yaml(const std::string& text, const JsonLimits& limits)
{
    if (text.size() > limits.bytes)
        throw Error{ErrorKind::Failure, cat("invalid YAML: more than ", limits.bytes, " bytes")};
    if (!is_utf8(text) || text.find('\0') != std::string::npos)
        throw Error{ErrorKind::Failure, "invalid YAML: not UTF-8 text"};
    JsonBuilder builder{limits};
    try {
        std::istringstream stream{text};
        YAML::Parser parser{stream};
        if (parser.HandleNextDocument(builder) && parser)
            throw Error{ErrorKind::Failure, "invalid YAML: more than one document"};
    } catch (const YAML::Exception& problem) {
        throw invalid(problem.mark, problem.msg);
    }
    return builder.take();
}

} // namespace skiff::text
