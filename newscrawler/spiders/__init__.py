"""The spiders: forms of arguments and attributes. The work is in base_spiders/."""
