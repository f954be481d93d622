//! How glibc's allocator keeps what was freed.

/// Freed memory goes back to the system instead of lying in an arena per thread: after start, training and imports it
/// would be 150 MB which nobody needs. Setting one of the thresholds fixes the other, at 128 kB unless it is said:
/// every matrix of training would then be pages fetched anew from the kernel, which doubles its time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_little() {
    const ARENAS: libc::c_int = 2;
    const KEPT: libc::c_int = 128 << 10;
    const FETCHED_ALONE: libc::c_int = 1 << 20;
    // SAFETY: these set numbers of the allocator, before another thread is there.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, FETCHED_ALONE);
    }
}

/// Gives back the pages that lie free between used ones, which takes some milliseconds: for the end of long work.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    // SAFETY: any thread may ask for it at any time.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_little() {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
