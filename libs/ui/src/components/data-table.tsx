import { createSortedRowModel, rowSortingFeature, sortFn_basic, tableFeatures, useTable, type ColumnDef } from '@tanstack/react-table';
import { useMemo, type ReactElement, type ReactNode } from 'react';
import { Icon } from './icon.js';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns: { basic: sortFn_basic } });

/** One column. On a phone a row is a card: `slot` tells where its cell goes there. */
export interface Column<Row> {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Title line, its right edge, a line below (default), side by side with others in small print, or not on a phone at all. */
  readonly slot?: 'title' | 'aside' | 'line' | 'meta' | 'hidden';
  /** On a phone, the name before the value of a `line` or `meta`; default: the header. Empty: none. */
  readonly lineLabel?: string;
  readonly align?: 'end';
  /** A share of the table's width, such as `30%`, for columns whose content could take any. */
  readonly width?: string;
  /** As narrow as its content. */
  readonly shrink?: boolean;
  /** Makes the column sortable: only for lists that are loaded whole, since a page cannot be sorted truly. */
  readonly sortBy?: (row: Row) => string | number;
}

/** What a {@link DataTable} shows. */
export interface DataTableProps<Row> {
  /** The name of the table for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  /** Marks rows that have a link in their title (class `n-table__link`): the whole row then leads there. */
  linked?: boolean;
  /** Rows that just changed, to be lit for a moment. */
  freshIds?: ReadonlySet<string>;
}

/** Rows and columns; cards on a phone. The explicit roles keep it a table for screen readers where the style is not. */
export function DataTable<Row extends object>({ label, columns, rows, rowId, linked = false, freshIds }: DataTableProps<Row>): ReactElement {
  const definitions = useMemo(() => columns.map((column): ColumnDef<typeof features, Row> => ({
    id: column.id,
    header: column.header,
    enableSorting: column.sortBy !== undefined,
    accessorFn: column.sortBy ?? (() => null),
    sortFn: 'basic',
  })), [columns]);
  const table = useTable({ features, columns: definitions, data: rows, getRowId: rowId });
  const byId = new Map(columns.map((column) => [column.id, column]));
  return (
    <table className="n-table" role="table" aria-label={label}>
      <thead role="rowgroup">
        {table.getHeaderGroups().map((group) => (
          <tr key={group.id} role="row">
            {group.headers.map(({ id, column }) => {
              const sorted = column.getIsSorted();
              const name = byId.get(id)?.header;
              return (
                <th key={id} role="columnheader" scope="col" data-align={byId.get(id)?.align} data-shrink={byId.get(id)?.shrink} style={{ width: byId.get(id)?.width }} aria-sort={sorted ? (sorted === 'asc' ? 'ascending' : 'descending') : undefined}>
                  {column.getCanSort() ? <button type="button" className="n-table__sort" onClick={column.getToggleSortingHandler()}>{name}<Icon name="arrowUp" /></button> : name}
                </th>
              );
            })}
          </tr>
        ))}
      </thead>
      <tbody role="rowgroup">
        {table.getRowModel().rows.map((row) => (
          <tr key={row.id} role="row" data-row-id={row.id} data-linked={linked || undefined} data-fresh={freshIds?.has(row.id) || undefined}>
            {row.getAllCells().map((cell) => {
              const column = byId.get(cell.column.id);
              const slot = column?.slot ?? 'line';
              return (
                <td key={cell.id} role="cell" data-slot={slot} data-label={column?.lineLabel ?? column?.header} data-align={column?.align} data-shrink={column?.shrink}>
                  {column?.cell(row.original)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
