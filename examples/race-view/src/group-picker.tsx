import type { Membership } from '@lockin/sdk';
import type { ReactNode } from 'react';

interface GroupPickerProps {
  groups: Membership[];
  selected: string | undefined;
  onSelect: (groupId: string) => void;
}

export function GroupPicker({ groups, selected, onSelect }: GroupPickerProps): ReactNode {
  if (groups.length === 0) return null;
  return (
    <label className="picker">
      <span>Group</span>
      <select value={selected} onChange={(event) => onSelect(event.target.value)}>
        <GroupOptions label="Active" groups={groups.filter(({ status }) => status === 'active')} />
        <GroupOptions label="Archived" groups={groups.filter(({ status }) => status === 'archived')} />
      </select>
    </label>
  );
}

function GroupOptions({ label, groups }: { label: string; groups: Membership[] }): ReactNode {
  if (groups.length === 0) return null;
  return (
    <optgroup label={label}>
      {groups.map(({ group_id, name }) => (
        <option key={group_id} value={group_id}>
          {name}
        </option>
      ))}
    </optgroup>
  );
}
