// A host program: it exports libm and libstdc++ to modules that it would load, and uses the Rust library if it is there.
#include <iostream>

extern "C" double whole_mean(const double *numbers, std::size_t count) __attribute__((weak));

int main()
{
    const double numbers[] = {1.5, 2.5, 4.5};
    if (whole_mean != nullptr)
        std::cout << "the mean of 1.5, 2.5 and 4.5, rounded down: " << whole_mean(numbers, 3) << std::endl;
}
