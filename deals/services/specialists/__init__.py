"""Who of the vendor works on a deal (R44-R48, rulebook 2.7).

assigning    chosen by the rule or by staff
removing     areas and absences that hold no more
"""
