#include "store/secrets.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/record_fields.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"
#include "store/staging.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <set>

namespace skiff::store {

template <typename Fields>
void describe(Fields& field, record::Of<Secret>)
{
    field("id", &Secret::id);
    field("name", &Secret::name);
    field("driver", &Secret::driver);
    field("created", &Secret::created);
    field("updated", &Secret::updated);
    field("labels", &Secret::labels);
    field("options", &Secret::options);
}

namespace {

constexpr std::size_t id_length = 25;
constexpr const char* writers = "secrets"; ///< the lock of whoever changes anything here

std::string path_of(const std::string& id) { return cat("secrets/", id); }
/// No name has "=" in it, so no file name is "." or "..", or that of a link that is being made.
std::string name_path(const std::string& name) { return cat("names/secrets/=", name); }

bool is_secret_id(const std::string& text)
{
    return text.size() == id_length && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_secret_name(const std::string& name)
{
    constexpr std::size_t longest = 253;
    return !name.empty() && name.size() <= longest &&
           name.find_first_of(std::string_view{",/=\0", 4}) == std::string::npos;
}

void require_secret_name(const std::string& name)
{
    if (!is_secret_name(name))
        throw Error{ErrorKind::Failure,
                    cat("secret name ", text::go_quoted(name),
                        " can not include '=', '/', ',', or the '\\0' (NULL) and be between 1 and 253 "
                        "characters: invalid secret name")};
}

Error no_such_secret(const std::string& text)
{
    return Error{ErrorKind::NotFound, cat("no secret with name or id ", text::go_quoted(text), ": no such secret")};
}

void write_private(int dir, const char* name, std::string_view data)
{
    const UniqueFd file = open_at(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    write_all(file.get(), data, name);
    if (::fsync(file.get()) != 0)
        throw Error{errno, cat("writing ", name, " to disk")};
}

} // namespace

Secrets::Made Secrets::create(Secret secret, std::string_view content, IfTaken if_taken, const StoreUse& /*use*/) const
{
    require_secret_name(secret.name);
    if (content.empty() || content.size() >= content_limit_bytes)
        throw Error{ErrorKind::Failure, "secret data must be larger than 0 and less than 512000 bytes"};
    const FileLock lock = root_->lock(writers);
    sweep();
    const auto link = find_link_at(root_->data(), name_path(secret.name));
    const auto known = link ? find_id(*link) : std::nullopt;
    if (known && if_taken == IfTaken::Refuse)
        throw Error{ErrorKind::InUse, cat(secret.name, ": secret name in use")}.with_hint("--replace takes its place");
    if (known && if_taken == IfTaken::Keep)
        return {known->id, false};
    secret.id = random_hex(id_length / 2 + 1).substr(0, id_length);
    secret.updated = wall_now();
    secret.created = known ? known->created : secret.updated;
    (void)make_directory_at(root_->data(), "secrets"); // older stores have none
    (void)make_directory_at(root_->data(), "names/secrets");
    Staging staging{*root_, Staging::by_use};
    write_private(staging.fd(), "content", content);
    write_private(staging.fd(), "secret.json", record::to_text(secret));
    staging.commit(path_of(secret.id));
    publish(secret.name, secret.id);
    sweep(); // the one that was replaced
    return {secret.id, true};
}

void Secrets::publish(const std::string& name, const std::string& id) const
{
    const std::string temporary = cat("names/secrets/.", random_hex(8));
    if (::symlinkat(id.c_str(), root_->data(), temporary.c_str()) != 0)
        throw Error{errno, cat("naming secret ", skiff::quoted(name))};
    rename_at(root_->data(), temporary, root_->data(), name_path(name));
}

/// Takes away what no name leads to, as a writer who was killed leaves it: nobody else knows that it is there.
void Secrets::sweep() const
{
    std::set<std::string> named;
    for (const DirectoryEntry& entry : list_place(root_->data(), "names/secrets")) {
        const std::string path = cat("names/secrets/", entry.name);
        if (entry.name.starts_with('.'))
            remove_file_at(root_->data(), path);
        else if (const auto id = find_link_at(root_->data(), path))
            named.insert(*id);
    }
    for (const DirectoryEntry& entry : list_place(root_->data(), "secrets"))
        if (!named.contains(entry.name)) // at once and not by way of the trash: nothing of it shall lie around
            remove_tree_at(root_->data(), path_of(entry.name));
}

std::optional<Secret> Secrets::find_id(const std::string& id) const
{
    const auto text = is_secret_id(id) ? find_record(root_->data(), cat(path_of(id), "/secret.json")) : std::nullopt;
    if (!text)
        return std::nullopt;
    Secret secret = while_doing(cat("secret ", id), [&] { return record::from_text<Secret>(*text, "secret record"); });
    if (secret.id != id || find_link_at(root_->data(), name_path(secret.name)) != id)
        return std::nullopt; // being made, or replaced
    return secret;
}

std::optional<Secret> Secrets::find(const std::string& text) const
{
    if (auto secret = find_id(text))
        return secret;
    if (is_secret_name(text))
        if (const auto id = find_link_at(root_->data(), name_path(text)))
            if (auto secret = find_id(*id))
                return secret;
    if (text.empty() || text.size() > id_length || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    std::optional<Secret> found;
    for (Secret& secret : list()) {
        if (!secret.id.starts_with(text))
            continue;
        if (found)
            throw Error{ErrorKind::Failure,
                        cat("more than one result secret with prefix ", text, ": secret is ambiguous")};
        found = std::move(secret);
    }
    return found;
}

Secret Secrets::resolve(const std::string& text) const
{
    auto secret = find(text);
    if (!secret)
        throw no_such_secret(text);
    return std::move(*secret);
}

std::vector<Secret> Secrets::list() const
{
    std::vector<Secret> secrets;
    for (const DirectoryEntry& entry : list_place(root_->data(), "secrets")) {
        try {
            if (auto secret = find_id(entry.name))
                secrets.push_back(std::move(*secret));
        } catch (const Error& error) {
            if (error.errno_value() != 0)
                throw;
            log::warn(cat(error.message(), "; left out"));
        }
    }
    std::sort(secrets.begin(), secrets.end(), [](const Secret& a, const Secret& b) { return a.name < b.name; });
    return secrets;
}

std::string Secrets::load_content(const Secret& secret) const
{
    auto content = find_record(root_->data(), cat(path_of(secret.id), "/content"));
    if (!content)
        throw no_such_secret(secret.name); // removed meanwhile
    return std::move(*content);
}

std::string Secrets::remove(const std::string& text) const
{
    const FileLock lock = root_->lock(writers);
    const Secret secret = resolve(text);
    remove_file_at(root_->data(), name_path(secret.name));
    sweep();
    return secret.id;
}

} // namespace skiff::store
