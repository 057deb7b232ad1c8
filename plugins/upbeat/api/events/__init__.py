"""Events in: facts of other systems for the warehouse, checked as the sink would check them."""
