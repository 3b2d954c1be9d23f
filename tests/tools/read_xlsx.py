"""The cells of a workbook's first sheet, as JSON: [[cell, ...], ...]. Formulas come as their text."""

import json
import sys

from openpyxl import load_workbook

sheet = load_workbook(sys.argv[1], read_only=True).worksheets[0]
print(json.dumps([[cell.value for cell in row] for row in sheet.iter_rows()]))
