#include "cli/values_secret.hpp"

#include "cli/readers.hpp"
#include "cli/values.hpp"

#include <charconv>

namespace skiff::cli {
namespace {

Error secret_error(std::string message)
{
    return usage_error(std::move(message) + ": parsing secret")
        .with_hint("it is written NAME[,type=mount|env][,target=TARGET][,uid=UID][,gid=GID][,mode=MODE]");
}

std::uint32_t read_digits(std::string_view text, int base, std::string_view name)
{
    std::uint32_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        throw secret_error(cat(name, " ", printable(std::string{text}), " invalid"));
    return value;
}

class SecretOptions
{
  public:
    SecretRequest read(std::vector<std::string> words)
    {
        if (words.front().find('=') == std::string::npos) {
            secret_.name = words.front();
            words.erase(words.begin());
        }
        for (const std::string& word : words)
            apply(word);
        if (secret_.name.empty())
            throw secret_error(cat("no source found ", printable(words.back())));
        if (secret_.use == PrivateItem::Use::Variable && file_only_)
            throw secret_error("UID, GID, Mode options cannot be set with secret type env");
        return secret_;
    }

  private:
    void apply(const std::string& word)
    {
        const Cut cut = cut_at(word, '=');
        if (!cut.tail)
            throw secret_error(cat("option ", printable(word), " must be in form option=value"));
        if (cut.head == "source")
            secret_.name = *cut.tail;
        else if (cut.head == "target")
            secret_.target = *cut.tail;
        else if (cut.head == "type")
            set_type(*cut.tail);
        else
            set_attribute(word, cut.head, *cut.tail);
    }

    void set_type(const std::string& type)
    {
        if (typed_)
            throw secret_error("cannot set more than one secret type");
        typed_ = true;
        if (type != "mount" && type != "env")
            throw secret_error(cat("type ", printable(type), " is invalid"));
        secret_.use = type == "env" ? PrivateItem::Use::Variable : PrivateItem::Use::File;
    }

    void set_attribute(const std::string& word, const std::string& name, const std::string& value)
    {
        file_only_ = true;
        if (name == "mode")
            secret_.mode = read_digits(value, 8, "mode");
        else if (name == "uid" || name == "UID")
            secret_.uid = read_digits(value, 10, "UID");
        else if (name == "gid" || name == "GID")
            secret_.gid = read_digits(value, 10, "GID");
        else
            throw secret_error(cat("option ", printable(word), " invalid"));
    }

    SecretRequest secret_;
    bool typed_ = false;
    bool file_only_ = false; ///< something was set that environment variables do not have
};

} // namespace

SecretRequest read_secret(std::string_view text)
{
    std::vector<std::string> words = split_at(text, ',');
    if (words.size() > 1)
        return SecretOptions{}.read(std::move(words));
    SecretRequest secret;
    secret.name = std::string{text}; // whatever it is, "type=env" for one
    return secret;
}

} // namespace skiff::cli
