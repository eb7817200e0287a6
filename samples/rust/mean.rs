//! A library with one function for C: the mean of numbers, rounded down. `floor` is a call, since x86-64 has no such
//! instruction before SSE4.1, and the standard library brings its own.

/// Returns the largest whole number that is not above the mean of `count` numbers.
///
/// # Safety
/// `numbers` must point to that many.
#[no_mangle]
pub unsafe extern "C" fn whole_mean(numbers: *const f64, count: usize) -> f64 {
    let numbers = std::slice::from_raw_parts(numbers, count);
    (numbers.iter().sum::<f64>() / count as f64).floor()
}
