"""A calibrated probability that an account is fake, beside the rules: `predict` scores, `train` and `evaluate` make and judge.

Scoring needs numpy alone; scikit-learn is imported by training and evaluation.
"""
