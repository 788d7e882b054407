import type { ComponentChildren } from "preact";
import type { SortKey, View } from "../state/view.ts";

interface HeaderCellProps {
  readonly name: SortKey;
  readonly view: View;
  readonly onSort: (key: SortKey) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A column's header: a button that sorts by it, and turns the order round when it does already. */
export function HeaderCell({ name, view, onSort, class: className = "", children }: HeaderCellProps) {
  const isSorted = view.sort === name;
  const order = view.descending ? "descending" : "ascending";
  return (
    <th scope="col" class={className} {...(isSorted ? { "aria-sort": order } : {})}>
      <button type="button" class="sort" onClick={() => onSort(name)}>
        {children}
        <span class="order" aria-hidden="true">
          {isSorted ? (view.descending ? "↓" : "↑") : ""}
        </span>
      </button>
    </th>
  );
}
