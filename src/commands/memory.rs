//! How glibc's allocator keeps what was freed.
//!
//! By itself it keeps the more the larger what was freed was, in an arena per thread: after start, training and imports
//! that is 150 MB which nobody needs. Setting one of its thresholds fixes the other too, at 128 kB unless it is said.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    const ARENAS: libc::c_int = 2;
    const KEPT: libc::c_int = 128 << 10;
    /// What is larger is fetched from the kernel alone and goes back at once.
    const ALONE: libc::c_int = 128 << 10;
    /// Matrices of training are smaller and many: fetched one by one they would double its time.
    const ALONE_AT_WORK: libc::c_int = 1 << 20;

    pub fn for_work() {
        // SAFETY: these set numbers of the allocator, before another thread is there.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, ARENAS);
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::mallopt(libc::M_MMAP_THRESHOLD, ALONE_AT_WORK);
        }
    }

    pub fn for_service() {
        // SAFETY: the number may change while others allocate, and any thread may ask for a trim.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, ALONE);
            libc::malloc_trim(0);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod glibc {
    pub fn for_work() {}
    pub fn for_service() {}
}

/// For a server, which keeps little, and gives back what lies free. To be called before it starts, and when it has.
pub use glibc::for_service;
/// For a program that works: trains, imports, evaluates. To be called first of all.
pub use glibc::for_work;
