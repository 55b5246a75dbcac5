#pragma once

namespace skiff {

/// For a process that is set up and will now wait for a long time: gives back what only its start needed.
///
/// Free heap goes back to the kernel, and the pages of programs and libraries that were only read are unmapped. The kernel maps
/// sixteen pages around each one that is touched, so most of what counts as ours was never looked at; what is needed again comes
/// back from the page cache by a minor fault. (Of libglib alone, which libslirp brings, it is 0.6 MiB.)
void release_idle_memory() noexcept;

} // namespace skiff
