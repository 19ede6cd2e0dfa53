import { Pressable, StyleSheet, Text } from 'react-native';
import { useTheme } from './theme';

interface ButtonProps {
  label: string;
  onPress: () => void;
  kind?: 'primary' | 'plain' | 'danger';
  disabled?: boolean;
  /** For a choice between several buttons: whether it is the chosen one. */
  selected?: boolean;
}

export function Button({ label, onPress, kind = 'plain', disabled = false, selected }: ButtonProps) {
  const theme = useTheme();
  const isFilled = kind === 'primary' || selected === true;
  const border = kind === 'danger' ? theme.danger : theme.accent;
  return (
    <Pressable
      role={selected === undefined ? 'button' : 'radio'}
      aria-checked={selected}
      disabled={disabled}
      onPress={onPress}
      style={({ pressed }) => [
        styles.button,
        { borderColor: border, backgroundColor: isFilled ? theme.accent : 'transparent' },
        (pressed || disabled) && styles.dimmed,
      ]}
    >
      <Text style={[styles.label, { color: isFilled ? theme.onAccent : border }]}>{label}</Text>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  button: { minHeight: 48, paddingHorizontal: 16, borderWidth: 1, borderRadius: 12, justifyContent: 'center' },
  dimmed: { opacity: 0.5 },
  label: { fontSize: 16, fontWeight: '600', textAlign: 'center' },
});
