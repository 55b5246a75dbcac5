#include "build/remote_source.hpp"

#include "base/error.hpp"
#include "build/add_archive.hpp"
#include "build/git_checkout.hpp"
#include "registry/url.hpp"
#include "text/address.hpp"

#include <unistd.h>

namespace skiff::build {

bool RemoteSource::is_remote(std::string_view source) { return text::is_web_address(source) || text::is_repository_address(source); }

RemoteSource RemoteSource::fetch(const RemoteSourceRequest& request)
{
    RemoteSource source;
    source.address_ = registry::shown_address(request.source);
    source.excludes_ = request.excludes;
    if (const auto git = find_git_address(request.source)) {
        GitCheckout checkout = check_out(*git, request.scratch, request.keep_git_dir, request.checksum);
        source.tree_ = std::move(checkout.directory);
        source.key_ = cat("git ", checkout.commit, request.keep_git_dir ? " whole " : " ", git->subdir);
        return source;
    }
    source.unpack_ = request.unpack.value_or(false);
    source.file_ = fetch_remote_file(request.source, request.checksum, request.transport);
    source.key_ = cat("file ", source.file_->digest.text(), source.unpack_ ? " unpacked " : " ", source.file_->name);
    return source;
}

void RemoteSource::copy(const CopyTarget& target, const std::optional<CopyOwner>& owner) const
{
    if (tree_) {
        SourceTree tree;
        tree.root = tree_.get();
        tree.name = cat("the repository ", quoted(address_));
        const SourceSelection all{{"/"}, excludes_, false};
        copy_sources(tree, all, select_sources(tree, all, [](const std::string&) {}), target);
        return;
    }
    const int content = file_->content.get();
    if (unpack_ && add_archive(content, target, owner))
        return;
    if (file_->name.empty() && target.destination.ends_with('/'))
        throw Error{ErrorKind::Failure, cat("cannot determine a file name for ", quoted(address_))}.with_hint(
            "name the file in the destination instead of a directory");
    copy_new_file({file_->name, 0600, file_->modified_s}, file_->size,
                  [&](const std::function<void(std::string_view)>& write) {
                      std::string buffer(256U << 10U, '\0');
                      off_t at = 0;
                      while (const ssize_t got = ::pread(content, buffer.data(), buffer.size(), at)) {
                          if (got < 0)
                              throw Error{errno, "reading a temporary file"};
                          write({buffer.data(), static_cast<std::size_t>(got)});
                          at += got;
                      }
                  },
                  target);
}

} // namespace skiff::build
