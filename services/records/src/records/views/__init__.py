"""The responses of records, one file for each subject."""
