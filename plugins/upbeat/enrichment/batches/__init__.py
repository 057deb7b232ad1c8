"""Questions by the thousand through the providers' Batch API, at half the price: their files' lines, how they are cut, the calls."""
