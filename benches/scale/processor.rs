//! What a process has used of the processors.

/// Seconds that all threads have kept processors busy: on a machine with other work
/// they tell more than the clock.
pub fn seconds() -> f64 {
    /// Linux counts a process's time in hundredths of a second.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}
