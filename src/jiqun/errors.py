"""What a user's mistake is reported as."""


class InputError(Exception):
    """One sentence for the user: which file and record, what was expected, what to do.

    The command line prints it without a traceback and exits with code 2.
    """
